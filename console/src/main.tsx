import { render } from 'preact';
import { App } from './app.tsx';
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
watchStream();

const app = document.getElementById('app');
if (app === null) throw new Error('index.html has no #app');
render(<App />, app);
