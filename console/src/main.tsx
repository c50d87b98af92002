import { render } from 'preact';
import { App } from './app.tsx';
import { fetchAhead } from './shell/lazy-page.tsx';
import { listenToKeys } from './state/keyboard.ts';
import { followLinks } from './state/place.ts';
import { watchSession } from './state/session.ts';
import { watchStream } from './state/stream.ts';
import { restoreTheme, watchTheme } from './state/theme.ts';

restoreTheme();
watchTheme();
followLinks(document);
listenToKeys();
watchSession();
fetchAhead(location.pathname);
watchStream();

const app = document.getElementById('app');
if (app === null) throw new Error('index.html has no #app');
render(<App />, app);
