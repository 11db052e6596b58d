/** Builds the dashboard into the Python package, which serves it. */

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npm run dev` finds the running installation. */
const server = process.env['PROSAASIL_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: '../src/prosaasil/static',
    emptyOutDir: true,
    // The worklets must be files: a page may forbid scripts from data: addresses.
    assetsInlineLimit: 0,
    target: 'es2022',
    // Before compression; what counts is the 300 kB that a first page may send.
    chunkSizeWarningLimit: 700,
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': server } },
});
