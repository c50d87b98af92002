import type { SqlOwnersConfig } from '../../core/ownership.ts';
import type { OwnerDatabases } from '../../ports.ts';
import { ABSENT, failed, type OwnerSource, owned } from './owner-source.ts';
import { identityText, ownersOf } from './owner-values.ts';

/**
 * Owners that stand in a table. The object goes to the database as a parameter and never into the text of the statement.
 * Where the statement also answers the object, that has to be the very text that was asked: databases take `007`, `1_000`
 * and other letter cases for the same, and what the API takes them for is not known.
 */
export function createSqlOwners(config: SqlOwnersConfig, databases: OwnerDatabases): OwnerSource {
  const { database, statement, timeoutSeconds } = config;
  const timeoutMs = timeoutSeconds * 1_000;
  return async (object) => {
    const answer = await databases.ask({ database, statement, object, timeoutMs });
    if (answer.kind === 'failed') return answer;
    const owners: string[] = [];
    let found = false;
    for (const row of answer.rows) {
      if (row.length > 1 && identityText(row[1]) !== object) continue;
      found = true;
      const ofRow = ownersOf(row[0]);
      if (ofRow === undefined) return failed('its column of owners holds what names no owner', false);
      owners.push(...ofRow);
    }
    return found ? owned(owners) : ABSENT;
  };
}
