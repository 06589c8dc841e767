/**
 * How long a test may take before it counts as hanging, milliseconds. It is no limit on work, which takes twenty times as long on a machine
 * that does much else.
 */
export const HANG_MS = 30 * 60_000;
