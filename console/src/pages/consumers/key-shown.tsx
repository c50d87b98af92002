import { CopyField, SecretField } from '../../components/copy-field.tsx';
import { timeText } from '../../state/format.ts';
import type { MadeKey } from './shapes.ts';

/** A key, this once, with a line to paste. */
export function KeyShown({ made, curl }: { readonly made: MadeKey; readonly curl: string }) {
  const { expiresAtMs } = made.record;
  return (
    <>
      <SecretField label="the key" text={made.key} />
      <section class="section" aria-label="Try it">
        <h3>Try it</h3>
        <CopyField label="the command with the key" text={curl} />
      </section>
      <p class="soft">{expiresAtMs === 0 ? 'It has no end.' : `It ends on ${timeText(expiresAtMs)}.`}</p>
    </>
  );
}
