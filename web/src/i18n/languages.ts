/** PURE. The languages there are, and which one a person gets. */

export const LANGUAGES = ['he', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

export const NAMES: Record<Language, string> = { he: 'עברית', en: 'English' };

export function isLanguage(text: string | null): text is Language {
  return text !== null && (LANGUAGES as readonly string[]).includes(text);
}

export function directionOf(language: Language): 'rtl' | 'ltr' {
  return language === 'he' ? 'rtl' : 'ltr';
}

/** What was chosen before, else the first of the browser's languages that we speak, else Hebrew. */
export function languageFor(chosen: string | null, preferred: readonly string[]): Language {
  if (isLanguage(chosen)) return chosen;
  const codes = preferred.map((tag) => tag.toLowerCase().split('-')[0] ?? '');
  // Browsers still send Hebrew's old code.
  const known = codes.map((code) => (code === 'iw' ? 'he' : code)).find(isLanguage);
  return known ?? 'he';
}
