import { reportRefusal, withAdmin } from './admin-client.ts';
import { type CommandArguments, type CommandIo, type ExitCode, stringOption } from './command.ts';
import { EXIT_OK, printResult, renderTable } from './output.ts';

interface HealthOfKey {
  readonly keyId: string;
  readonly consumer: string;
  readonly status: string;
  readonly ageDays: number;
  readonly lastUsedMs: number;
  readonly idleDays: number;
  readonly watchedDays: number;
  readonly isWatchedEnough: boolean;
  readonly successorId: string;
  readonly expiresAtMs: number;
  readonly addresses: number;
  readonly agents: number;
  readonly penalty: number;
  readonly weaknesses: readonly { readonly name: string; readonly points: number; readonly detail: string }[];
}

/** `keys health`: what weakens which key, the worst first, and a score for each consumer. */
export function showHealth(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  return withAdmin(args, io, async (client) => {
    const query = new URLSearchParams();
    const consumer = stringOption(args, 'consumer');
    if (consumer !== undefined) query.set('consumer', consumer);
    const reply = await client.request('GET', `/api/v1/keys/health?${query}`);
    if (reply.status !== 200) return reportRefusal(io, reply);
    const items = reply.body['items'] as HealthOfKey[];
    const consumers = reply.body['consumers'] as { consumer: string; score: number; keys: number }[];
    printResult(io, reply.body, () =>
      [
        renderTable(
          io,
          ['id', 'consumer', 'status', 'age', 'idle', 'addresses', 'agents', 'points', 'what weakens it'],
          items.map((key) => [
            key.keyId,
            key.consumer,
            key.status,
            `${key.ageDays} d`,
            key.lastUsedMs === 0 ? 'never used' : `${key.idleDays} d`,
            String(key.addresses),
            String(key.agents),
            String(key.penalty),
            [
              ...key.weaknesses.map(({ name, detail }) => (detail === '' ? name : `${name} (${detail})`)),
              ...replacedText(key),
            ].join(', ') || 'nothing',
          ]),
        ),
        ...(items.every(({ isWatchedEnough }) => isWatchedEnough)
          ? []
          : [
              '',
              'what a key has no use for is judged when it was watched for 7 days: younger keys have no unused_scopes',
            ]),
        '',
        renderTable(
          io,
          ['consumer', 'score', 'keys'],
          consumers.map(({ consumer: name, score, keys }) => [name, `${score} of 100`, String(keys)]),
        ),
        ...(reply.body['truncated'] === true ? ['', 'there are more keys than are looked at: name a consumer'] : []),
      ].join('\n'),
    );
    return EXIT_OK;
  });
}

/** A key that is replaced is meant to end. */
function replacedText({ successorId, expiresAtMs }: HealthOfKey): readonly string[] {
  if (successorId === '' || expiresAtMs === 0) return [];
  return [`replaced by ${successorId}, ends ${new Date(expiresAtMs).toISOString().slice(0, 16)}Z`];
}
