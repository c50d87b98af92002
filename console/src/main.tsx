import { render } from 'preact';
import { App } from './app.tsx';
import { fetchAhead } from './shell/lazy-page.tsx';
import { listenToKeys } from './state/keyboard.ts';
import { followLinks } from './state/place.ts';
import { watchSession } from './state/session.ts';
import { watchStream } from './state/stream.ts';
import { restoreTheme, watchTheme } from './state/theme.ts';

/** A wait nobody notices. */
const PATIENCE_MS = 300;

restoreTheme();
watchTheme();
followLinks(document);
listenToKeys();
watchStream();
const ready = Promise.all([watchSession(), fetchAhead(location.pathname)]);

const app = document.getElementById('app');
if (app === null) throw new Error('index.html has no #app');
// Drawn once, with what it is about. Where that takes longer, what waits for it shows that it does.
const longEnough = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
await Promise.race([ready, longEnough]);
render(<App />, app);
