import type { EvidenceView } from '../../../../src/detect/payload/exception-view.ts';
import type { ExplainLine } from '../../../../src/pipeline/explain-text.ts';
import type { Call } from '../../api/shapes.ts';

/** `GET /api/v1/calls/{requestId}`. */
export interface CallDetail {
  readonly call: Call;
  readonly explanation: readonly ExplainLine[];
  /** Whether its credential is a key there is, and its consumer a registered one: both can be opened. */
  readonly isKey: boolean;
  readonly isConsumer: boolean;
  /** What looked like an attack. */
  readonly payload: readonly EvidenceView[];
}

type StageLine = Extract<ExplainLine, { kind: 'stage' }>;

/** Of what the payload showed only the beginning: the pieces stand among the evidence. */
export function stagesOf({ explanation }: CallDetail): readonly StageLine[] {
  return explanation
    .filter((line) => line.kind === 'stage')
    .map((line) => (line.reason?.startsWith('payload.') === true ? { ...line, text: beginning(line.text) } : line));
}

/** Up to the first semicolon. */
export function beginning(text: string): string {
  return text.split('; ', 1)[0] ?? text;
}

export function textsOf({ explanation }: CallDetail, kind: ExplainLine['kind']): readonly string[] {
  return explanation.filter((line) => line.kind === kind).map(({ text }) => text);
}
