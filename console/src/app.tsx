import { Failed, Skeleton } from './components/panel.tsx';
import { PageToasts } from './components/toasts.tsx';
import { Shell } from './shell/shell.tsx';
import { SignIn } from './shell/sign-in.tsx';
import { resume, session } from './state/session.ts';

/** The console, for whoever is or is not signed in. */
export function App() {
  return (
    <>
      <Body />
      <PageToasts />
    </>
  );
}

function Body() {
  const who = session();
  switch (who.kind) {
    case 'unknown':
      return (
        <main class="sign-in">
          <Skeleton />
        </main>
      );
    case 'unreachable':
      return (
        <main class="sign-in">
          <Failed problem={UNREACHABLE} again={() => void resume()} />
        </main>
      );
    case 'none':
      return <SignIn why={who.why} />;
    case 'open':
      return <Shell />;
  }
}

const UNREACHABLE = {
  status: 0,
  code: 'unreachable',
  title: 'The gateway cannot be reached',
  detail: 'It may be starting, or the network is down.',
  more: {},
};
