import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  // The page is always built from its own folder, whatever folder the command was given in.
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    // The browsers that this serves load modules by themselves; without the polyfill nothing but the bundle runs.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // ECharts is the one large part. It is loaded by the pages that draw with it, not by the overview.
    chunkSizeWarningLimit: 700,
  },
  server: {
    // `pnpm dev` draws what a started system answers.
    proxy: { '/v1': process.env.TOUCHSTONE_URL ?? 'http://127.0.0.1:4700' },
  },
});
