/** Colours, type and corners: what makes every page look like one product. */

import { createTheme } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'tide',
  primaryShade: { light: 7, dark: 6 },
  colors: {
    tide: [
      '#ecfaf7',
      '#d3f2eb',
      '#a8e4d8',
      '#77d2c1',
      '#4abda9',
      '#27a08e',
      '#128174',
      '#0d6a61',
      '#0b554e',
      '#08403b',
    ],
    dark: [
      '#d9e0de',
      '#b6c2be',
      '#93a29d',
      '#6a7974',
      '#42504b',
      '#2d3935',
      '#1f2926',
      '#17201d',
      '#0f1614',
      '#0a0f0e',
    ],
  },
  fontFamily: "'Rubik Variable', 'Segoe UI', system-ui, sans-serif",
  headings: {
    fontFamily: "'Rubik Variable', 'Segoe UI', system-ui, sans-serif",
    fontWeight: '600',
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
});
