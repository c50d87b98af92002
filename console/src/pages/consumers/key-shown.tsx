import { CopyField, SecretField } from '../../components/copy-field.tsx';
import { Notice } from '../../components/panel.tsx';
import { timeText } from '../../state/format.ts';
import type { MadeKey } from './shapes.ts';

/** A key, this once, with a line to paste. */
export function KeyShown({ made, curl }: { readonly made: MadeKey; readonly curl: string | undefined }) {
  const { expiresAtMs } = made.record;
  const { routeId, lacks } = made.example ?? { routeId: '', lacks: [] };
  return (
    <>
      <SecretField label="the key" text={made.key} />
      <section class="section" aria-label="Try it">
        <h3>Try it</h3>
        {curl === undefined ? (
          <p class="soft">No route of the configuration takes API keys yet.</p>
        ) : (
          <CopyField label="the command with the key" text={curl} />
        )}
        {lacks.length === 0 ? null : (
          <Notice tone="observe" icon="info">
            The route <code>{routeId}</code> asks for <code>{lacks.join(' ')}</code>, which this key has not.
          </Notice>
        )}
      </section>
      <p class="soft">{expiresAtMs === 0 ? 'It has no end.' : `It ends on ${timeText(expiresAtMs)}.`}</p>
    </>
  );
}
