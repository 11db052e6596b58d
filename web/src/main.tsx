/** The dashboard's entry: providers around the app, nothing else. */

import '@mantine/core/styles.css';
import './frame/frame.css';
import { DirectionProvider, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './frame/App.tsx';
import { theme } from './frame/theme.ts';
import { directionOf } from './i18n/languages.ts';
import { firstLanguage } from './i18n/setup.ts';

const queries = new QueryClient({ defaultOptions: { queries: { retry: 1, staleTime: 60_000 } } });

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <DirectionProvider initialDirection={directionOf(firstLanguage)} detectDirection={false}>
        <MantineProvider theme={theme} defaultColorScheme="auto">
          <QueryClientProvider client={queries}>
            <App />
          </QueryClientProvider>
        </MantineProvider>
      </DirectionProvider>
    </StrictMode>,
  );
}
