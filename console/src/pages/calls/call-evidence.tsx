import { useState } from 'preact/hooks';
import type { EvidenceDetail, RecordedEvidence } from '../../../../src/detect/payload/recorded-evidence.ts';
import type { Call } from '../../api/shapes.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { ExceptionDialog } from './exception-dialog.tsx';

/** What of the call looked like an attack, and the way to let it through where it is none. */
export function CallEvidence({ call, found }: { readonly call: Call; readonly found: readonly RecordedEvidence[] }) {
  const [asked, setAsked] = useState<RecordedEvidence>();
  if (found.length === 0) return null;
  return (
    <section class="section" aria-label="Payload">
      <h3>What looked like an attack</h3>
      {found.map((one) => (
        <div key={`${one.attack} ${one.path}`} class="evidence">
          <div class="evidence-head">
            <Badge tone={one.severity === 'near' ? 'observe' : 'deny'} icon="alert" text={one.attack} />
            <code class="grow evidence-path">{one.path}</code>
            <Button needs="operator" onClick={() => setAsked(one)}>
              Let this through
            </Button>
          </div>
          {one.decision === undefined ? null : <Decision detail={one.decision} />}
          <p class="soft">{severityText(one.severity)}</p>
        </div>
      ))}
      <p class="field-hint">Values are not recorded: only where they stood and what spoke for an attack.</p>
      {asked === undefined ? null : (
        <ExceptionDialog call={call} evidence={asked} onClose={() => setAsked(undefined)} />
      )}
    </section>
  );
}

function Decision({ detail }: { readonly detail: EvidenceDetail }) {
  const { probability, location, isName, decoded, spans, contributions, score, threshold, profile } = detail;
  const most = Math.max(...contributions.map(({ weight }) => Math.abs(weight)), 0.1);
  return (
    <>
      <dl class="facts">
        <dt>Probability</dt>
        <dd>
          {Math.round(probability * 100)} %
          {score === undefined ? null : (
            <span class="faint">
              {' '}
              · score {score}, refused from {threshold} on ({profile})
            </span>
          )}
        </dd>
        <dt>Where</dt>
        <dd>
          {isName ? 'a name in ' : ''}
          {location}
          {spans.length === 0 ? null : (
            <span class="faint"> · characters {spans.map(({ start, end }) => `${start}–${end}`).join(', ')}</span>
          )}
        </dd>
        {decoded.length === 0 ? null : (
          <>
            <dt>Decoded</dt>
            <dd>{decoded.join(' → ')}</dd>
          </>
        )}
      </dl>
      {contributions.length === 0 ? null : (
        <ul class="weights" aria-label="What spoke for it">
          {contributions.map(({ feature, weight }) => (
            <li key={feature}>
              <code class="cut">{feature}</code>
              <span class="weight" aria-hidden="true">
                <span
                  data-against={weight < 0 ? '' : undefined}
                  style={{ width: `${(Math.abs(weight) / most) * 100}%` }}
                />
              </span>
              <span class="number">
                {weight > 0 ? '+' : ''}
                {weight.toFixed(1)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function severityText(severity: string): string {
  return severity === 'near' ? 'No profile refuses it alone.' : `Refused from the profile “${severity}” on.`;
}
