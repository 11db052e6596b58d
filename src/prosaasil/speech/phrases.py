"""What the scripted dialogue says: each phrase in Hebrew, then in English."""

from typing import Final

PHRASES: Final[dict[str, tuple[str, str]]] = {
    "greeting": ("שלום. איך אפשר לעזור?", "Hello. How can I help?"),
    "demo": ("מדבר קול ההדגמה.", "You are talking with the demo voice."),
    "who": (
        "אני קול ההדגמה, תוכנת מחשב ולא אדם. איך אפשר לעזור?",
        "I am the demo voice, a computer program and not a person. How can I help?",
    ),
    "more": ("במה עוד אפשר לעזור?", "Is there anything else?"),
    "name": ("מה השם המלא?", "What is your full name?"),
    "name_check": ("השם הוא {name}. נכון?", "Your name is {name}. Is that right?"),
    "phone": (
        "מה מספר הטלפון? אפשר גם להקיש אותו.",
        "What is your phone number? You may also type it on the keypad.",
    ),
    "phone_more": ("קיבלתי {digits}. ומה ההמשך?", "I have {digits}. Please go on."),
    "phone_check": (
        "המספר הוא {digits}. נכון?",
        "The number is {digits}. Is that right?",
    ),
    "wish_book": ("לאיזה טיפול, ומתי נוח?", "What is it for, and when would suit you?"),
    "wish_what": ("לאיזה טיפול?", "What is it for?"),
    "wish_when": ("מתי נוח?", "When would suit you?"),
    "wish_cancel": ("מתי התור שברצונך לבטל?", "When is the appointment you want to cancel?"),
    "wish_reschedule": ("לאיזה מועד להעביר את התור?", "When should the appointment be moved to?"),
    "wish_message": ("מה למסור?", "What is your message?"),
    "wish_check": ("רשמתי: {wish}. נכון?", "I have noted: {wish}. Is that right?"),
    "start_book": ("בשמחה.", "With pleasure."),
    "start_cancel": ("אפשר לבטל.", "I can take that."),
    "start_reschedule": ("אפשר לשנות את המועד.", "I can take that."),
    "start_message": ("אקח פרטים.", "I will take your details."),
    "taken": (
        "תודה {name}. לקחתי את הפרטים ונציג יחזור אליך.",
        "Thank you, {name}. I have taken your details and somebody will call you back.",
    ),
    "failed": (
        "לא הצלחתי לבצע את זה עכשיו. לקחתי את הפרטים ונציג יחזור אליך.",
        "I could not do that just now. I have taken your details and somebody will call you back.",
    ),
    "done": ("בוצע.", "That is done."),
    "found": ("הנה מה שמצאתי: {found}.", "Here is what I found: {found}."),
    "wait": ("רגע אחד בבקשה.", "One moment please."),
    "which": ("לאיזה טיפול הכוונה?", "Which treatment do you mean?"),
    "unknown": (
        "אין לי מידע על זה. לקחת הודעה כדי שיחזרו אליך?",
        "I do not know that. Shall I take a message, so that somebody calls you back?",
    ),
    "again": (
        "סליחה, לא הבנתי. אפשר לומר שוב?",
        "Sorry, I did not understand. Please say it again.",
    ),
    "offer_message": (
        "עדיין לא הבנתי. לקחת הודעה כדי שיחזרו אליך?",
        "I still did not understand. Shall I take a message, so that somebody calls you back?",
    ),
    "yes_or_no": ("כן או לא?", "Yes or no?"),
    "corrected": ("בסדר, נתקן.", "All right, let us correct that."),
    "human": (
        "אין כאן כרגע אדם. אקח פרטים, ונציג יחזור אליך.",
        "There is nobody here right now. I will take your details and somebody will call you back.",
    ),
    "thanks": ("בשמחה.", "You are welcome."),
    "goodbye": ("תודה ולהתראות.", "Thank you, and goodbye."),
    "extra": ("חסר לי עוד פרט: {what}.", "I need one more thing: {what}."),
}


def phrase(wording: str, language: str, /, **values: str) -> str:
    hebrew, english = PHRASES[wording]
    return (hebrew if language == "he" else english).format(**values)
