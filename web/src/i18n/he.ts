/** Hebrew. Infinitives rather than imperatives, so that nobody is addressed in the wrong gender. */

import type { Messages } from './en.ts';

export const he: Messages = {
  language: 'שפה',
  colours: { light: 'מעבר לצבעים בהירים', dark: 'מעבר לצבעים כהים' },
  account: 'חשבון',
  signOut: 'יציאה',
  loading: 'טעינה',
  tryAgain: 'לנסות שוב',
  skipToContent: 'דילוג לתוכן',
  title: 'prosaasil - סוכן טלפוני',
  signIn: {
    title: 'ברוכים הבאים',
    lead: 'כניסה לשיחה עם הסוכן הטלפוני של העסק',
    email: 'דוא״ל',
    password: 'סיסמה',
    showPassword: 'הצגה או הסתרה של הסיסמה',
    submit: 'כניסה',
    firstLogin: 'פעם ראשונה כאן? פרטי הכניסה הודפסו במסוף שבו הופעל prosaasil.',
    emailMissing: 'יש להזין כתובת דוא״ל.',
    passwordMissing: 'יש להזין סיסמה.',
    wrong: 'הדוא״ל או הסיסמה אינם נכונים.',
    tooMany: 'יותר מדי ניסיונות. אפשר לנסות שוב בעוד דקה.',
  },
  serverDown: {
    title: 'השרת אינו עונה',
    remedy: 'כדאי לבדוק ש־prosaasil פועל ושיש חיבור לרשת, ולנסות שוב.',
  },
  phone: {
    heading: 'שיחה עם הסוכן',
    lead: 'שיחה אמיתית, ישר מהדף הזה.',
    direction: 'מי מתקשר',
    inbound: 'שיחה אל העסק',
    outbound: 'העסק מתקשר אליך',
    call: 'להתקשר',
    callAgain: 'להתקשר שוב',
    hangUp: 'לנתק',
    mute: 'השתקה',
    unmute: 'ביטול השתקה',
    keypad: 'לוח מקשים',
    keysPressed: 'המקשים שנלחצו',
    key: 'מקש {{key}}',
    you: 'אני',
    agent: 'הסוכן',
    yourLevel: 'עוצמת הקול שלי',
    agentLevel: 'עוצמת הקול של הסוכן',
    duration: 'משך',
    mutedNote: 'המיקרופון מושתק: הסוכן אינו שומע.',
    microphoneLost: 'המיקרופון נותק. יש לחבר אותו ולהתקשר שוב.',
    offline: 'אין רשת. ממתינים לחזרתה...',
    demoVoice: 'קול הדגמה',
    demoVoiceNote:
      'עונה המנוע המובנה: אנגלית טובה, עברית במבטא, ורק מה שהעסק כתב. לקול טבעי יש להגדיר OPENAI_API_KEY.',
  },
  status: {
    idle: 'אפשר להתחיל',
    idleHint: 'לוחצים על הכפתור ומדברים כמו בטלפון.',
    asking: 'יש לאשר את המיקרופון',
    askingHint: 'הדפדפן מבקש את ההרשאה.',
    connecting: 'מתחברים...',
    ringing: 'מצלצל...',
    greeting: 'הסוכן פותח את השיחה',
    speaking: 'הסוכן מדבר',
    listening: 'הסוכן מקשיב',
    over: 'השיחה הסתיימה',
    failed: 'השיחה לא התחילה',
  },
  ending: {
    hungUp: 'השיחה נותקה מכאן.',
    silence: 'איש לא דיבר זמן מה, ולכן הסוכן סיים את השיחה.',
    longestCall: 'השיחה הגיעה לאורך המרבי.',
    shutdown: 'השרת מופעל מחדש. אפשר להתקשר שוב בעוד רגע.',
    farewell: 'הסוכן נפרד וניתק.',
    other: 'השיחה הסתיימה מצד הסוכן.',
  },
  problem: {
    'microphone-refused': {
      title: 'המיקרופון חסום',
      remedy: 'יש לאשר את המיקרופון לדף הזה - בסמל שליד שורת הכתובת - ולהתקשר שוב.',
    },
    'microphone-absent': {
      title: 'לא נמצא מיקרופון',
      remedy: 'יש לחבר מיקרופון או אוזניות ולהתקשר שוב.',
    },
    'microphone-busy': {
      title: 'אי אפשר להשתמש במיקרופון',
      remedy: 'ייתכן שתוכנה אחרת משתמשת בו. יש לסגור אותה ולהתקשר שוב.',
    },
    'insecure-page': {
      title: 'הכתובת הזאת אינה מאובטחת',
      remedy:
        'דפדפנים נותנים את המיקרופון רק לדפים מאובטחים. יש לפתוח את הדף ב־https, או באותו מחשב בכתובת http://localhost.',
    },
    'browser-too-old': {
      title: 'הדפדפן הזה אינו יכול להתקשר',
      remedy: 'יש להשתמש בגרסה עדכנית של Chrome, ‏Edge, ‏Firefox או Safari.',
    },
    'call-refused': {
      title: 'השיחה נדחתה',
      remedy: 'אפשר להמתין רגע ולהתקשר שוב.',
    },
    'agent-unavailable': {
      title: 'הסוכן אינו זמין',
      remedy:
        'ייתכן שהוא עדיין עולה. אפשר להתקשר שוב בעוד רגע; הפקודה prosaasil doctor תגיד מה חסר.',
    },
    'server-down': {
      title: 'השרת אינו עונה',
      remedy: 'כדאי לבדוק ש־prosaasil פועל ושיש חיבור לרשת, ולהתקשר שוב.',
    },
    'signed-out': {
      title: 'הכניסה פגה',
      remedy: 'יש להיכנס שוב כדי להמשיך.',
    },
    'connection-lost': {
      title: 'החיבור אבד',
      remedy: 'כדאי לבדוק את הרשת ולהתקשר שוב. מה שנאמר נשמר בדף הזה.',
    },
  },
  transcript: {
    heading: 'תמלול',
    live: 'חי',
    log: 'מה שנאמר בשיחה',
    emptyTitle: 'כל מילה תופיע כאן',
    emptyIntro: 'אפשר לשאול, למשל:',
    suggestions: {
      hours: 'מה שעות הפתיחה שלכם?',
      book: 'אני רוצה לקבוע תור',
      where: 'איפה אתם נמצאים?',
    },
    nothingSaid: 'לא נאמר דבר בשיחה הזאת.',
  },
  recording: {
    waiting: 'ההקלטה נשמרת...',
    missing: 'אין הקלטה של השיחה הזאת.',
    play: 'הקלטת השיחה',
    download: 'הורדה',
  },
};
