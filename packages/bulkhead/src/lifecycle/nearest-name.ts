import { distance } from 'fastest-levenshtein';

/** The known name that `name` was most likely meant to be, or undefined when none is close. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const wanted = folded(name);
  let nearest: string | undefined;
  let smallest = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    // The lengths alone bound the distance from below; this keeps a pasted page of text from being compared.
    if (Math.abs(candidate.length - name.length) >= smallest) continue;
    const apart = distance(wanted, folded(candidate));
    if (apart < smallest) [nearest, smallest] = [candidate, apart];
  }
  return nearest;
}

/** `Python-Version` and `python_version` are meant as the same name. */
function folded(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}
