/** The language that is spoken now, and the switch to another. */

import { useDirection } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { directionOf, isLanguage, type Language } from './languages.ts';
import { speak } from './setup.ts';

export function useLanguage(): [Language, (language: Language) => void] {
  const { i18n } = useTranslation();
  const { setDirection } = useDirection();
  const language = isLanguage(i18n.language) ? i18n.language : 'he';
  const change = (next: Language): void => {
    speak(next);
    setDirection(directionOf(next));
  };
  return [language, change];
}
