import { type Reason, reason } from './reason.ts';

/** Of a call that was permitted and failed later. */
export const FORWARDING_REASONS = {
  'upstream.unreachable': reason(
    502,
    'Upstream unreachable',
    'No connection to any target of the upstream could be made.',
  ),
  'upstream.broken': reason(
    502,
    'Upstream failed',
    'The upstream closed the connection or broke HTTP before its answer was complete.',
  ),
  'upstream.timeout': reason(504, 'Upstream too slow', 'The upstream did not answer in the time allowed.'),
  'upstream.saturated': reason(
    503,
    'Upstream unavailable',
    'Every connection to the upstream is in use and too many calls wait for one. Setting: upstreams.<name>.connectionsMax.',
  ),
  'client.gone': reason(499, 'Client gone', 'The client closed the connection before the answer was complete.'),
  'gateway.draining': reason(503, 'Shutting down', 'The gateway is draining and takes no new calls.'),
  'gateway.fault': reason(
    503,
    'Could not decide',
    'A fault inside the gateway: the call was refused, never let through.',
  ),
} as const satisfies Record<string, Reason>;
