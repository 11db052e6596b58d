"""The demo business: a made-up dental clinic, so that the first call needs no set-up.

Its words are data like any other business's: they are stored once and may be changed or removed;
a start that finds the business leaves it as it is.
"""

import secrets

from msgspec import Struct

from prosaasil.accounts import service as accounts
from prosaasil.accounts.account import Role
from prosaasil.accounts.passwords import Passwords
from prosaasil.agents import service as agents
from prosaasil.businesses import service as businesses
from prosaasil.businesses.business import Business
from prosaasil.call.briefing import Direction
from prosaasil.kit import ids
from prosaasil.kit.db import Database, TenantTx
from prosaasil.numbers import service as numbers

SLUG = "demo"
NUMBER = "+97235550100"
EMAIL = "demo@prosaasil.local"
PASSWORD_BYTES = 12

GREETING = "שלום, הגעתם למרפאת השיניים חיוך. איך אפשר לעזור?"
FOLLOW_UP = "האם אתם עדיין על הקו?"

FACTS = """\
שעות פתיחה: ימים ראשון עד חמישי בין שמונה בבוקר לשבע בערב, יום שישי בין שמונה לאחת בצהריים. בשבת \
המרפאה סגורה.
Opening hours: Sunday to Thursday from eight in the morning to seven in the evening, Friday from \
eight to one. We are closed on Saturday.
כתובת: רחוב הרצל עשר, תל אביב, קומה שנייה. יש מעלית וגישה לכיסא גלגלים.
Address: ten Herzl Street, Tel Aviv, second floor. There is a lift and wheelchair access.
חניה: חניון ציבורי ברחוב לילינבלום, שתי דקות הליכה. במרפאה עצמה אין חניה.
Parking: there is a public car park on Lilienblum Street, two minutes on foot.
ניקוי שיניים והסרת אבנית אצל שיננית: שלושים דקות, מאתיים וחמישים שקלים.
Teeth cleaning with a hygienist: thirty minutes, two hundred and fifty shekels.
בדיקה וייעוץ ראשוני עם צילום: עשרים דקות, מאה וחמישים שקלים, ללא עלות אם ממשיכים לטיפול.
A first check-up with an X-ray: twenty minutes, one hundred and fifty shekels.
סתימה לבנה: ארבעים דקות, ארבע מאות וחמישים שקלים.
A white filling: forty minutes, four hundred and fifty shekels.
הלבנת שיניים: שעה וחצי, אלף ומאתיים שקלים.
Teeth whitening: an hour and a half, one thousand two hundred shekels.
טיפול שורש: שעה, החל מאלף ומאה שקלים. המחיר הסופי נקבע בבדיקה.
A root canal: one hour, from one thousand one hundred shekels.
עקירה: שלושים דקות, ארבע מאות שקלים.
An extraction: thirty minutes, four hundred shekels.
השתלות ויישור שיניים: רק אחרי פגישת ייעוץ עם רופא.
Implants and braces: only after a consultation with a doctor.
ביטוח: אנו עובדים עם כללית, מכבי, הראל ומגדל. ההחזר נקבע לפי הפוליסה.
Insurance: we work with Clalit, Maccabi, Harel and Migdal.
תשלום: מזומן, כרטיס אשראי או ביט, עד שישה תשלומים ללא ריבית.
Payment: cash, credit card or Bit, up to six payments without interest.
ילדים: מקבלים ילדים מגיל ארבע.
Children: we see children from the age of four.
חירום וכאב חזק: מקבלים באותו היום בשעות הפתיחה.
Emergencies and strong pain: we see you on the same day during opening hours.
ביטול תור: עד עשרים וארבע שעות מראש, ללא עלות.
Cancelling: free of charge up to twenty-four hours ahead.
רופאים: דוקטור נועה לוי ודוקטור עמית כהן.
Doctors: Doctor Noa Levi and Doctor Amit Cohen."""

INBOUND = f"""\
אתם עונים לטלפון במרפאת השיניים חיוך.
You answer the phone of Chiyuch, a dental clinic.

מטרת השיחה: לענות על שאלות, ולקחת את הפרטים של מי שרוצה תור.
1. ענו על מה שנשאל לפי המידע שלמטה.
2. אם המתקשר רוצה תור, שאלו לשמו המלא.
3. שאלו למספר הטלפון וחזרו עליו.
4. שאלו איזה טיפול ומתי נוח.
5. אמרו שנציג יחזור כדי לתאם את התור, והיפרדו.
אין לתת ייעוץ רפואי. על כל נושא אחר: המרפאה עוסקת בשיניים בלבד.

{FACTS}"""

OUTBOUND = f"""\
אתם מתקשרים בשם מרפאת השיניים חיוך לאדם שביקש שנחזור אליו.
You call on behalf of Chiyuch, a dental clinic, a person who asked to be called back.

מטרת השיחה: לברר במה אפשר לעזור ולקחת פרטים לתיאום תור.
1. הציגו את עצמכם ושאלו אם זה זמן טוב לדבר. אם לא, שאלו מתי להתקשר והיפרדו.
2. שאלו איזה טיפול מעניין.
3. ודאו את השם המלא.
4. שאלו באיזה יום ושעה נוח.
5. אמרו שנציג יחזור כדי לתאם את התור, והיפרדו.
מי שמבקש שלא יתקשרו אליו: התנצלו והיפרדו.

{FACTS}"""


class DemoLogin(Struct, frozen=True):
    """Told once, to whoever started the installation; the password is not kept anywhere."""

    email: str
    password: str


async def seed(database: Database) -> DemoLogin | None:
    """Make the demo business and its login; None when it is there already."""
    business = Business(
        id=ids.uuid7(),
        slug=SLUG,
        name="מרפאת השיניים חיוך",
        language="he",
        time_zone="Asia/Jerusalem",
        greeting=GREETING,
        follow_up=FOLLOW_UP,
        voice="marin",
    )
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    async with database.system() as tx:
        if await businesses.find(tx, SLUG) is not None:
            return None
        await businesses.create(tx, business)
        user_id = await accounts.create_user(
            tx, Passwords(), email=EMAIL, name="Demo", password=password
        )
        await accounts.join(tx, user_id, business.id, Role.OWNER)
        clinic = TenantTx(tx.session, business.id)
        await numbers.register(clinic, NUMBER)
        await agents.write_prompt(clinic, Direction.INBOUND, INBOUND)
        await agents.write_prompt(clinic, Direction.OUTBOUND, OUTBOUND)
    return DemoLogin(EMAIL, password)
