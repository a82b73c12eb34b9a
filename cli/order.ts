import { startsAfter } from '../constructs/workload';
import type { Settings } from '../stacks/settings';
import { declaredWorkloads } from '../stacks/declared';

/** What a service needs before it, by name. Names that are not asked about are passed over, together with what they need. */
export type Needs = (name: string) => readonly string[];

/**
 * Does a piece of work for each name as soon as it is done for all that the name needs, and for as many at a time as that
 * allows. A failure ends it: nothing new is begun, and what was begun is waited for.
 */
export async function inOrder(
  names: readonly string[],
  needs: Needs,
  work: (name: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const done = new Map<string, Promise<void>>();
  let failed = false;
  const visit = (name: string): Promise<void> => {
    const known = done.get(name);
    if (known) return known;
    const mine = Promise.resolve().then(async () => {
      await Promise.all(among(names, needs, name).map(visit));
      if (failed || signal?.aborted) return;
      try {
        await work(name);
      } catch (error) {
        failed = true;
        throw error;
      }
    });
    done.set(name, mine);
    return mine;
  };
  const ended = await Promise.allSettled(names.map(visit));
  const broken = ended.find((one) => one.status === 'rejected');
  if (broken) throw broken.reason;
}

/** The same needs the other way round: who must be gone before a service may go. */
export function reversed(names: readonly string[], needs: Needs): Needs {
  const users = new Map<string, string[]>(names.map((name) => [name, []]));
  for (const name of names) for (const needed of among(names, needs, name)) users.get(needed)!.push(name);
  return (name) => users.get(name) ?? [];
}

/** What a name needs of the names that are asked about; through the others, such as jobs that have done their work. */
function among(names: readonly string[], needs: Needs, name: string): string[] {
  const found = new Set<string>();
  const seen = new Set<string>([name]);
  const look = (one: string): void => {
    for (const needed of needs(one)) {
      if (seen.has(needed)) continue;
      seen.add(needed);
      if (names.includes(needed)) found.add(needed);
      else look(needed);
    }
  };
  look(name);
  return [...found];
}

/** What each service of the platform needs, as it is declared; one that is not declared (any more) needs nothing. */
export function declaredNeeds(settings: Settings): Needs {
  const declared = new Map(declaredWorkloads(settings).map((workload) => [workload.name, startsAfter(workload)]));
  return (name) => declared.get(name) ?? [];
}
