import { useState } from 'preact/hooks';
import { failed } from '../state/toast.ts';
import { Button } from './button.tsx';

/** A text to be taken elsewhere, with a button that copies it. */
export function CopyField({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <figure class="copy" aria-label={label}>
      <pre class="copy-text" tabIndex={0}>
        {text}
      </pre>
      <CopyButton text={text} label={`Copy ${label}`} />
    </figure>
  );
}

export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 2_000);
    } catch {
      failed('Not copied', {
        status: 0,
        code: 'clipboard',
        title: 'The browser keeps the clipboard from this page',
        detail: 'select the text and copy it',
        more: {},
      });
    }
  };
  return (
    <>
      <Button icon={copied ? 'check' : 'copy'} label={label} onClick={() => void copy()} />
      <span class="visually-hidden" role="status">
        {copied ? 'Copied' : ''}
      </span>
    </>
  );
}

/** A secret that is shown this once: it cannot be fetched again, and says so. */
export function SecretField({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div class="section">
      <CopyField text={text} label={label} />
      <p class="field-hint">Shown this once. Only a fingerprint of it is stored: what is lost cannot be shown again.</p>
    </div>
  );
}
