import type { ConfigurationProblem } from '../../admin/services.ts';
import type { Diagnostic } from '../../config/diagnostics.ts';

/** Diagnostics as the admin API tells them. */
export function problemsOf(diagnostics: readonly Diagnostic[]): ConfigurationProblem[] {
  return diagnostics.map(({ code, severity, line, column, path, message, why, fix }) => ({
    code,
    severity,
    line,
    column,
    path,
    message,
    why,
    fix,
  }));
}
