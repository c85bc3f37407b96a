/**
 * Waits until something holds that no event tells of, looking every few milliseconds. Fails after the patience with
 * what was awaited: a test must not wait a fixed time instead.
 */
export async function until(holds: () => boolean | Promise<boolean>, what: string, patienceMs = 60_000): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${patienceMs} ms in vain: ${what}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}
