import { defineConfig } from 'vite';

/** Where `npm run dev -w console` finds a running gateway. */
const admin = process.env['SALLYPORT_ADMIN'] ?? 'http://127.0.0.1:8081';

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    target: 'es2023',
    // The content security policy allows nothing inline, so that nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
    // What pages share is one file: a page is then its own file and this one, and not a dozen requests one after the other.
    rolldownOptions: {
      output: {
        codeSplitting: { groups: [{ name: 'shared', test: /[\\/]console[\\/]src[\\/](?!pages)/, minShareCount: 2 }] },
      },
    },
  },
  server: { host: '127.0.0.1', proxy: { '/api': { target: admin, changeOrigin: true } } },
});
