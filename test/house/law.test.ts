import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { beneath, floors, modulePattern, partOf } from './floors.ts';
import { filesBelow, functionLengths, readSource, root, sources, withoutComments } from './source.ts';

const moduleOf = (path: string) => modulePattern.exec(path)?.[0];

describe('floors', () => {
  it('every file lies in a part the law names', () => {
    expect(sources.filter((source) => !partOf(source.path)).map((source) => source.path)).toEqual([]);
  });

  it('calls go down: a file imports only its own part and those beneath', () => {
    const broken = sources.flatMap((source) => {
      const part = partOf(source.path)!;
      const allowed = beneath(part);
      return source.imports
        .filter(({ target }) => target.startsWith('src/'))
        .filter(({ target }) => {
          const other = partOf(target)!;
          return other !== part && !allowed.has(other);
        })
        .map(({ target }) => `${source.path} → ${target}`);
    });
    expect(broken).toEqual([]);
  });

  it('no circle of files, nor of their types', () => {
    const graph = new Map(sources.map((source) => [source.path, source.imports.map(({ target }) => target)]));
    expect(circles(graph)).toEqual([]);
  });

  it('a module is entered only through its index, by the list of modules through its module file', () => {
    const broken = sources.flatMap((source) =>
      source.imports
        .filter(({ target }) => moduleOf(target) && moduleOf(target) !== moduleOf(source.path))
        .filter(({ target }) => !target.endsWith('/index.ts'))
        .filter(({ target }) => !(source.path === 'src/modules.ts' && target.endsWith('.module.ts')))
        .map(({ target }) => `${source.path} → ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('migrations import nothing of src, and src nothing of tests', () => {
    const broken = [...filesBelow('migrations').map(readSource), ...sources].flatMap((source) =>
      source.imports
        .filter(
          ({ target }) =>
            target.startsWith('test/') || (source.path.startsWith('migrations/') && target.startsWith('src/')),
        )
        .map(({ target }) => `${source.path} → ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('the law itself has no circle and names what exists', () => {
    for (const part of Object.keys(floors)) {
      expect(beneath(part).has(part)).toBe(false);
    }
    expect(Object.keys(floors).filter((part) => !existsSync(join(root, part)))).toEqual([]);
  });
});

describe('sizes', () => {
  it('a function over 60 lines is a question to answer', () => {
    const long = sources.flatMap((source) =>
      functionLengths(source)
        .filter(({ lines }) => lines > 60)
        .map(({ name, lines }) => `${source.path} ${name}: ${lines} lines`),
    );
    expect(long).toEqual([]);
  });

  it('a file over 300 lines is a question to answer', () => {
    // Tables of data, one row a line, answer it by being tables.
    const tables = [
      'src/rules/currency-table.ts',
      'src/reporting/books/invariants.ts',
      'src/platform/country-codes.ts',
    ];
    const long = sources
      .filter((source) => !tables.includes(source.path) && source.text.split('\n').length > 301)
      .map((source) => `${source.path}: ${source.text.split('\n').length - 1} lines`);
    expect(long).toEqual([]);
  });
});

describe('lines', () => {
  it('a comment, and a line of a page, has at most 140 columns', () => {
    const comments = [...sources, ...filesBelow('test').map(readSource)].map(({ path, text, code }) => {
      const bare = code.split('\n');
      return { path, lines: text.split('\n').map((line, at) => (line === bare[at] ? '' : line)) };
    });
    const prose = ['README.md', ...['src', 'docs', 'test'].flatMap((folder) => filesBelow(folder, '.md'))].map(
      (path) => ({ path, lines: withoutFences(readSource(path).text).split('\n') }),
    );
    const long = [...comments, ...prose].flatMap(({ path, lines }) =>
      lines.flatMap((line, at) => (line.length > 140 && !line.startsWith('|') ? [`${path}:${at + 1}`] : [])),
    );
    expect(long).toEqual([]);
  });

  it('a link of a page leads to a file, and to a heading of it', () => {
    const anchorOf = (heading: string) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .trim()
        .replaceAll(' ', '-');
    const headings = (path: string) =>
      [...withoutFences(readSource(path).text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!));
    const pages = ['README.md', ...['src', 'docs', 'test'].flatMap((folder) => filesBelow(folder, '.md'))];
    const links = pages.flatMap((page) =>
      [...withoutFences(readSource(page).text).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].map(
        ([link, path, anchor]) => ({
          at: `${page} ${link}`,
          path: path ? posix.join(posix.dirname(page), path) : page,
          anchor,
        }),
      ),
    );
    expect(links.length).toBeGreaterThan(40);
    const broken = links.filter(
      ({ path, anchor }) => !existsSync(join(root, path)) || (anchor && !headings(path).includes(anchor)),
    );
    expect(broken.map(({ at }) => at)).toEqual([]);
  });
});

describe('words', () => {
  const banned: { word: RegExp; instead: string; home: (path: string) => boolean }[] = [
    { word: /new Date\(\s*\)/, instead: 'the clock, as an argument', home: (path) => path === 'src/platform/clock.ts' },
    { word: /\bDate\.now\(/, instead: 'the clock, as an argument', home: (path) => path === 'src/platform/clock.ts' },
    {
      word: /(?<![.\w])now\(\)|\bcurrent_timestamp\b/i,
      instead: 'the instant as a value, in SQL too',
      // The books are looked at from outside, by the wall clock; the doctor asks whether two clocks agree.
      home: (path) =>
        path.startsWith('src/reporting/books/') || ['src/platform/clock.ts', 'src/platform/doctor.ts'].includes(path),
    },
    { word: /\bMath\.random\(/, instead: 'node:crypto', home: () => false },
    { word: /\bprocess\.env\b/, instead: 'config', home: (path) => path === 'src/config.ts' },
    { word: /\bparseFloat\(/, instead: 'exact decimals of rules', home: () => false },
    {
      word: /10n \*\*/,
      instead: 'rules: what moves a point is arithmetic',
      home: (path) => path.startsWith('src/rules/') || path === 'src/collecting/payments/providers/stripe-amounts.ts',
    },
    { word: /\bas any\b/, instead: 'a type', home: () => false },
    {
      word: /\.(?:setMonth|setDate|setFullYear|setHours|setUTCMonth|setUTCDate)\(/,
      instead: 'rules/calendar',
      home: () => false,
    },
    {
      word: /from 'stripe'/,
      instead: 'the gateway',
      home: (path) => /^src\/collecting\/payments\/(providers|events)\/stripe[a-z-]*\.ts$/.test(path),
    },
    { word: /constructEventWithoutVerification/, instead: 'a verified event', home: () => false },
  ];

  it.each(banned.map((entry) => [String(entry.word), entry] as const))(
    '%s has one home',
    (_name, { word, home, instead }) => {
      const found = sources
        .filter((source) => !home(source.path) && word.test(source.code))
        .map((source) => `${source.path} (use ${instead})`);
      expect(found).toEqual([]);
    },
  );

  it('what is exported is used elsewhere', () => {
    const others = [...filesBelow('test'), ...filesBelow('migrations'), 'mikro-orm.config.ts'].map(readSource);
    const files = new Map<string, number>();
    for (const { code } of [...sources, ...others]) {
      for (const word of new Set(code.match(/\w+/g))) files.set(word, (files.get(word) ?? 0) + 1);
    }
    const alone = sources.flatMap(({ path, code }) =>
      [...code.matchAll(/^export (?:async )?(?:function\*?|const) (\w+)/gm)].flatMap(([, name]) =>
        files.get(name!) === 1 ? [`${path} ${name}`] : [],
      ),
    );
    expect(alone).toEqual([]);
  });

  it('no name says nothing', () => {
    const empty = sources.filter((source) => /\bclass \w*(Manager|Helper|Util|Utils)\b/.test(source.code));
    expect(empty.map((source) => source.path)).toEqual([]);
    expect(sources.filter((source) => /\/(utils?|helpers?|shared|common)\//.test(source.path))).toEqual([]);
  });

  it('a column says by its name whether it holds an instant or a day', () => {
    const endings = {
      instant: /(?:^at|^since|At|Start|End|From|To|By|Since|Until)$/,
      day: /(?:On|From|To|Since|Until)$/,
    };
    const columns = sources.flatMap(({ path, code }) =>
      [...code.matchAll(/(\w+): columns\.(instant|day)\(/g)].map(([, name, kind]) => ({ path, name: name!, kind })),
    );
    expect(columns.length).toBeGreaterThan(100);
    const odd = columns.filter(({ name, kind }) => !endings[kind as keyof typeof endings].test(name));
    expect(odd.map(({ path, name, kind }) => `${path} ${name}: ${kind}`)).toEqual([]);
  });

  it('nothing is left open, skipped or focused', () => {
    const words = new RegExp(['TO' + 'DO', 'FIX' + 'ME', '\\.sk' + 'ip\\(', '\\.on' + 'ly\\('].join('|'));
    const all = [...sources, ...filesBelow('test').map(readSource)];
    expect(all.filter((source) => words.test(source.text)).map((source) => source.path)).toEqual([]);
  });
});

describe('rules are pure', () => {
  const rules = sources.filter((source) => source.path.startsWith('src/rules/'));

  it('synchronous, without I/O', () => {
    const broken = rules.filter((source) => /\basync\b|\bawait\b|\bPromise\b/.test(source.code));
    expect(broken.map((source) => source.path)).toEqual([]);
    const imported = rules.flatMap((source) => source.imports.map(({ target }) => target));
    expect(imported.filter((target) => !target.startsWith('src/rules/') && target !== 'temporal-polyfill')).toEqual([]);
  });
});

describe('a module', () => {
  const modules = [...new Set(sources.map((source) => moduleOf(source.path)).filter((path) => path !== undefined))];

  it.each(modules)('%s has its page and its door', (folder) => {
    expect(existsSync(join(root, folder, 'README.md'))).toBe(true);
    expect(existsSync(join(root, folder, 'index.ts'))).toBe(true);
  });

  it('a page has at most 60 lines', () => {
    const pages = filesBelow('src', 'README.md').filter((path) => modulePattern.test(path));
    expect(pages.filter((path) => readSource(path).text.split('\n').length > 61)).toEqual([]);
  });

  const inFolders = modules.filter((module) => readSource(`${module}README.md`).text.includes('**Folders**'));

  it.each(inFolders)('%s: a folder uses those before it on the page', (module) => {
    const paragraph = /\*\*Folders\*\*.*?\n(?=\*\*|\n)/s.exec(readSource(`${module}README.md`).text)![0];
    const folders = [...paragraph.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name!);
    expect(folders.filter((folder) => !existsSync(join(root, module, folder)))).toEqual([]);
    const place = (path: string) =>
      path.startsWith(module) ? folders.indexOf(path.slice(module.length).split('/')[0]!) : -1;
    const upward = sources
      .filter(({ path }) => place(path) >= 0)
      .flatMap(({ path, imports }) =>
        imports.filter(({ target }) => place(target) > place(path)).map(({ target }) => `${path} → ${target}`),
      );
    expect(upward).toEqual([]);
  });

  it('files are kebab-case', () => {
    const odd = sources.filter((source) => !/^[a-z0-9]+(?:[-.][a-z0-9]+)*\.ts$/.test(source.path.split('/').at(-1)!));
    expect(odd.map((source) => source.path)).toEqual([]);
  });
});

describe('the top level', () => {
  it('is the one that is agreed', async () => {
    const { readdirSync } = await import('node:fs');
    const allowed = [
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'biome.json',
      'mikro-orm.config.ts',
      'src',
      'migrations',
      'test',
      'schema.graphql',
      'README.md',
      'LICENSE',
      'docs',
      'node_modules',
      'dist',
    ];
    const found = readdirSync(root).filter((name) => !name.startsWith('.') && !allowed.includes(name));
    expect(found).toEqual([]);
  });
});

describe('what tests share', () => {
  it('has no hooks of its own: it is read once for many files, and only the first of them would have the hook', () => {
    const hook = /^(before|after)(Each|All)\(/m;
    const shared = filesBelow('test').filter((path) => !path.endsWith('.test.ts'));
    expect(shared.filter((path) => hook.test(readSource(path).code))).toEqual([]);
  });
});

describe('the reader of sources itself', () => {
  it('does not take a comment for code, nor a string for a comment', () => {
    const text = ['const a = "// no comment"; // new Date()', '/* Date.now( */ const b = 1;'].join('\n');
    expect(withoutComments(text)).not.toContain('new Date()');
    expect(withoutComments(text)).not.toContain('Date.now(');
    expect(withoutComments(text)).toContain('// no comment');
  });
});

/** Markdown without what stands in code fences, line numbers kept. */
function withoutFences(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, (fence) => fence.replace(/[^\n]/g, ''));
}

/** Files that lie on a circle of imports, each circle once, by depth-first search. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const state = new Map<string, 'open' | 'done'>();
  const found: string[] = [];
  const path: string[] = [];
  const visit = (file: string) => {
    if (state.get(file) === 'done' || !graph.has(file)) return;
    if (state.get(file) === 'open') {
      found.push([...path.slice(path.indexOf(file)), file].join(' → '));
      return;
    }
    state.set(file, 'open');
    path.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    path.pop();
    state.set(file, 'done');
  };
  for (const file of graph.keys()) visit(file);
  return found;
}
