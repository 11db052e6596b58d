/** i18next with our two languages; the choice is remembered and shown in the document itself. */

import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en, type Messages } from './en.ts';
import { he } from './he.ts';
import { directionOf, languageFor, type Language } from './languages.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: Messages };
  }
}

const STORED_AS = 'prosaasil.language';

export const firstLanguage = languageFor(stored(), navigator.languages);

void i18next.use(initReactI18next).init({
  lng: firstLanguage,
  fallbackLng: 'en',
  resources: { en: { translation: en }, he: { translation: he } },
  interpolation: { escapeValue: false },
  initAsync: false,
});
dress(firstLanguage);

export function speak(language: Language): void {
  store(language);
  dress(language);
  void i18next.changeLanguage(language);
}

function dress(language: Language): void {
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
  document.title = i18next.t('title', { lng: language });
}

/** A browser may forbid its storage; then the choice lasts as long as the page. */
function stored(): string | null {
  try {
    return localStorage.getItem(STORED_AS);
  } catch {
    return null;
  }
}

function store(language: Language): void {
  try {
    localStorage.setItem(STORED_AS, language);
  } catch {
    // Nothing is lost but the memory of it.
  }
}
