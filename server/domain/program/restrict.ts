import type { Operation, Program } from './operation.ts';

/** The part of a program that some fetches need: for engines that run the whole program. */
export function restrict(program: Program, fetches: readonly string[]): Program {
  const needed = new Set<Operation>();
  const visit = (operation: Operation): void => {
    if (needed.has(operation)) return;
    needed.add(operation);
    for (const input of operation.inputs) visit(input.operation);
    for (const earlier of operation.after) visit(earlier);
  };
  const kept = new Map([...program.fetches].filter(([name]) => fetches.includes(name)));
  for (const value of kept.values()) visit(value.operation);
  return {
    operations: program.operations.filter((operation) => needed.has(operation)),
    // All variables stay, so that every program of a network numbers them equally.
    variables: program.variables,
    inputs: new Map([...program.inputs].filter(([, value]) => needed.has(value.operation))),
    fetches: kept,
  };
}
