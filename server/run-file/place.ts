import type { Origin } from '../domain/origin.ts';
import type { FindingPlace } from '../protocol/finding-place.ts';
import type { Positions } from './positions.ts';

/** The place of an origin; `positions`: of the run file, if there is one. */
export function placeOf(origin: Origin, positions: Positions | undefined): FindingPlace {
  switch (origin.kind) {
    case 'run-file': {
      if (!positions) return {};
      const { line, column } = positions.nearestRange(origin.path);
      return { line, column };
    }
    case 'source':
      return { file: origin.file, line: origin.line, column: origin.column ?? 1 };
    case 'graph':
      return { node: origin.node };
  }
}
