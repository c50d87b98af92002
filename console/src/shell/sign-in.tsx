import { useEffect, useState } from 'preact/hooks';
import type { Problem } from '../api/client.ts';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/field.tsx';
import { Notice } from '../components/panel.tsx';
import { passkeysWork, signInWithPasskey } from '../state/passkey.ts';
import { signIn } from '../state/session.ts';
import { Mark } from './mark.tsx';

const WELCOMES = {
  never: undefined,
  ended: 'The session has ended. Sign in, and you are back where you were.',
  left: 'You are signed out.',
} as const;

/** Asks who it is. The address stays, so that signing in leads to where one wanted to go. */
export function SignIn({ why }: { readonly why: keyof typeof WELCOMES }) {
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    document.title = 'Sign in · Sallyport';
  }, []);
  const attempt = async (how: () => Promise<{ ok: true } | { ok: false; problem: Problem }>): Promise<void> => {
    setBusy(true);
    const answer = await how();
    setBusy(false);
    setProblem(answer.ok ? undefined : answer.problem);
    if (answer.ok) setToken('');
  };
  const welcome = WELCOMES[why];
  return (
    <main class="sign-in">
      <form
        class="sign-in-card"
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim() !== '') void attempt(() => signIn(token.trim()));
        }}
      >
        <div class="sign-in-head">
          <Mark />
          <h1>Sign in to Sallyport</h1>
        </div>
        {welcome === undefined ? null : (
          <Notice tone="unknown" icon="info">
            {welcome}
          </Notice>
        )}
        <TextField
          label="Admin token"
          type="password"
          autocomplete="current-password"
          autofocus
          value={token}
          onInput={setToken}
          hint={
            <>
              Printed when the gateway first starts; it stands in <code>admin-token</code> of its data folder.
            </>
          }
          fault={problem === undefined ? undefined : faultText(problem)}
        />
        <Button type="submit" kind="primary" off={busy ? 'asking the gateway' : undefined}>
          Sign in
        </Button>
        {passkeysWork() ? (
          <Button
            icon="passkey"
            off={busy ? 'asking the gateway' : undefined}
            onClick={() => void attempt(signInWithPasskey)}
          >
            Use a passkey
          </Button>
        ) : null}
      </form>
    </main>
  );
}

function faultText({ status, title, detail }: Problem): string {
  if (status === 429) return 'Too many wrong attempts from this address. Wait a minute.';
  return detail === '' ? title : `${title}: ${detail}`;
}
