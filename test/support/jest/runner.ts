import { createRequire, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { seed } from '../seed.ts';
import { setGlobals } from './globals.ts';

// Jest gives each test file a realm with modules of its own. Loading the product anew for each of some hundred files took
// longer than their tests, and the product does not run in such a realm anyway. Here Node itself loads the files: what they
// share is loaded, compiled and warm once per worker, and is the same JavaScript that the product runs. What a file leaves
// behind in a module, the next one finds: tests keep their state to themselves, as two requests to one process must.

const require = createRequire(import.meta.url);
const initializer = createRequire(require.resolve('jest-circus/runner')).resolve('./jestAdapterInit.js');
const circus = (require('jest-circus/runner') as { default: Framework }).default;

fc.configureGlobal({ seed });

/** What the framework asks of Jest's module system. */
interface Modules {
  requireInternalModule(path: string): unknown;
  requireModule(path: string): unknown;
  unstable_importModule(path: string): Promise<unknown>;
  unstable_shouldLoadAsEsm(path: string): boolean;
  setGlobalsForRuntime(globals: Parameters<typeof setGlobals>[0]): void;
  enterTestCode(): void;
  leaveTestCode(): void;
}

type Framework = (
  globalConfig: unknown,
  config: unknown,
  environment: { global: unknown },
  modules: Modules,
  path: string,
  report?: unknown,
) => Promise<unknown>;

const modules: Modules = {
  requireInternalModule: freshFramework,
  requireModule: require,
  unstable_importModule: (path) => import(pathToFileURL(path).href),
  unstable_shouldLoadAsEsm: () => true,
  setGlobalsForRuntime: setGlobals,
  enterTestCode: () => undefined,
  leaveTestCode: () => undefined,
};

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@jest/globals'
      ? { url: new URL('./globals.js', import.meta.url).href, format: 'module', shortCircuit: true }
      : next(specifier, context),
});

/** The framework without what it knows of the file before. */
function freshFramework(path: string): unknown {
  if (path !== initializer) throw new Error(`not the framework: ${path}`);
  delete require.cache[path];
  for (const key of Object.getOwnPropertySymbols(globalThis)) {
    if (key.description === 'JEST_STATE_SYMBOL' || key.description === 'EVENT_HANDLERS')
      Reflect.deleteProperty(globalThis, key);
  }
  return require(path);
}

/** Runs a test file as Jest's own framework does, but in this realm. */
const runFile: Framework = (globalConfig, config, environment, _modules, path, report) =>
  circus(globalConfig, config, { ...environment, global: globalThis }, modules, path, report);

export default runFile;
