import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { EvidenceView } from '../../../../src/detect/payload/exception-view.ts';
import type { EvidenceDetail, RecordedEvidence } from '../../../../src/detect/payload/recorded-evidence.ts';
import type { Call } from '../../api/shapes.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/panel.tsx';
import { sentenceText } from '../../state/format.ts';
import { hrefWith } from '../../state/place.ts';
import { ExceptionDialog } from './exception-dialog.tsx';

/** What of the call looked like an attack, and the way to let it through where it is none. */
export function CallEvidence(props: {
  readonly call: Call;
  readonly found: readonly EvidenceView[];
  readonly onChanged: () => void;
}) {
  const { call, found, onChanged } = props;
  const [asked, setAsked] = useState<RecordedEvidence>();
  if (found.length === 0) return null;
  return (
    <section class="section" aria-label="Payload">
      <h3>What looked like an attack</h3>
      {found.map((one) => (
        <div key={`${one.attack} ${one.path}`} class="evidence">
          <div class="evidence-head">
            <Badge tone={one.severity === 'near' ? 'observe' : 'deny'} icon="alert" text={one.attack} />
            <span class="grow evidence-path">
              {sentenceText(one.words.what)} in {one.words.where === '' ? '' : `${one.words.where}, at `}
              <code>{one.path}</code>
            </span>
            {one.letThroughBy === undefined ? (
              <Button needs="operator" onClick={() => setAsked(one)}>
                Let this through
              </Button>
            ) : null}
          </div>
          {one.letThroughBy === undefined ? null : <LetThrough />}
          <Words words={one.words} />
          <p class="soft">{severityText(one.severity)}</p>
          {one.decision === undefined ? null : (
            <details>
              <summary>In detail</summary>
              <Decision detail={one.decision} />
            </details>
          )}
        </div>
      ))}
      <p class="field-hint">Values are not recorded: only where they stood and what spoke for an attack.</p>
      {asked === undefined ? null : (
        <ExceptionDialog call={call} evidence={asked} onChanged={onChanged} onClose={() => setAsked(undefined)} />
      )}
    </section>
  );
}

/** Stands where the way to let it through stood, and takes the focus over from that. */
function LetThrough() {
  const link = useRef<HTMLAnchorElement>(null);
  useLayoutEffect(() => {
    if (document.activeElement === document.body) link.current?.focus({ preventScroll: true });
  }, []);
  return (
    <Notice tone="observe" icon="check">
      An exception lets this through by now.{' '}
      <a ref={link} href={hrefWith({ view: 'exceptions' }, '/policies')}>
        See the exceptions
      </a>
    </Notice>
  );
}

/** What was found, and what was undone to find it. */
function Words({ words: { found, decoded } }: { readonly words: RecordedEvidence['words'] }) {
  return (
    <>
      {found.length === 0 ? null : (
        <ul class="found" aria-label="What was found">
          {found.map((text) => (
            <li key={text}>{sentenceText(text)}</li>
          ))}
        </ul>
      )}
      {decoded.length === 0 ? null : <p>Hidden by {decoded.join(', then ')}, which was undone to read it.</p>}
    </>
  );
}

function Decision({ detail }: { readonly detail: EvidenceDetail }) {
  const { probability, location, isName, decoded, spans, contributions, score, threshold, profile } = detail;
  const most = Math.max(...contributions.map(({ weight }) => Math.abs(weight)), 0.1);
  return (
    <div class="section">
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
    </div>
  );
}

function severityText(severity: string): string {
  return severity === 'near' ? 'No profile refuses it alone.' : `Refused from the profile “${severity}” on.`;
}
