import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  // Always builds the page from its own folder, whatever the working directory is.
  root: import.meta.dirname,
  plugins: [react()],
  experimental: {
    // The page names its files from the root, where the server may put a path before them. Files
    // name each other from where they are.
    renderBuiltUrl: (file, { hostType }) => (hostType === 'html' ? `/${file}` : { relative: true }),
  },
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    // All supported browsers load modules natively; without the polyfill nothing but the bundle
    // runs.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // ECharts is the one large part; only pages that draw with it load it, not the overview.
    chunkSizeWarningLimit: 700,
  },
  server: {
    // `pnpm dev` shows the data of a started system.
    proxy: Object.fromEntries(
      ['/v1', '/readyz', '/metrics'].map((path) => [path, process.env.TOUCHSTONE_URL ?? 'http://127.0.0.1:4700']),
    ),
  },
});
