import { type Reason, reason } from './reason.ts';

/** Of what a call or an answer says. */
export const CONTENT_REASONS = {
  'inspect.body': reason(
    503,
    'Could not decide',
    'The body could not be looked at: the gateway holds as many bodies as it may.',
  ),
  'answer.unreadable': reason(
    502,
    'Upstream failed',
    'The answer cannot be judged as the route asks: its coding, its range or its form cannot be read. Setting: stages.answer.',
  ),
  'answer.too_large': reason(
    502,
    'Upstream failed',
    'The answer is larger than what may be held to judge it as the route asks. Setting: stages.answer.',
  ),
} as const satisfies Record<string, Reason>;
