/** With Red Hat's YAML installed, two extensions check a run file: each mistake is reported by one of them. */
import { YAML_RULE } from '../server/run-file/mistake.ts';

/**
 * The diagnostics that we report. Violations of YAML itself are Red Hat's if it validates; violations of the run file's rules
 * are always ours, since the manifest contributes no schema (`yamlValidation`) from which Red Hat's could know them.
 */
export const ownDiagnostics = <D extends { readonly code?: unknown }>(
  diagnostics: readonly D[],
  { yamlIsChecked }: { readonly yamlIsChecked: boolean },
): D[] => diagnostics.filter(({ code }) => !(yamlIsChecked && code === YAML_RULE));
