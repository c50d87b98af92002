import { useState } from 'preact/hooks';
import type { Call } from '../../api/shapes.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { ExceptionDialog } from './exception-dialog.tsx';
import { type PayloadEvidence, payloadEvidence } from './payload-evidence.ts';

/** What of the call looked like an attack, and the way to let it through where it is none. */
export function CallEvidence({ call }: { readonly call: Call }) {
  const [asked, setAsked] = useState<PayloadEvidence>();
  const found = payloadEvidence(call);
  if (found.length === 0) return null;
  return (
    <section class="section" aria-label="Payload">
      <h3>What looked like an attack</h3>
      {found.map((one) => (
        <div key={`${one.attack} ${one.path}`} class="evidence">
          <div class="evidence-head">
            <Badge tone={one.severity === 'near' ? 'observe' : 'deny'} icon="alert" text={one.attack} />
            <code class="grow">{one.path}</code>
            <Button needs="operator" onClick={() => setAsked(one)}>
              Let this through
            </Button>
          </div>
          <ul class="soft">
            {one.pieces.map((piece) => (
              <li key={piece}>{piece}</li>
            ))}
            <li>{severityText(one.severity)}</li>
          </ul>
        </div>
      ))}
      <p class="field-hint">Values are not recorded: only where they stood and what spoke for an attack.</p>
      {asked === undefined ? null : (
        <ExceptionDialog call={call} evidence={asked} onClose={() => setAsked(undefined)} />
      )}
    </section>
  );
}

function severityText(severity: string): string {
  return severity === 'near' ? 'no profile refuses it alone' : `refused from the profile “${severity}” on`;
}
