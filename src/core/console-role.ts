/** What somebody may do at the admin port, the least first: each may do what those before it may. */
export const CONSOLE_ROLES = ['viewer', 'operator', 'administrator'] as const;
export type ConsoleRole = (typeof CONSOLE_ROLES)[number];

/** Whether a role reaches another. */
export function reachesRole(role: ConsoleRole, least: ConsoleRole): boolean {
  return CONSOLE_ROLES.indexOf(role) >= CONSOLE_ROLES.indexOf(least);
}
