import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join, relative, sep } from 'node:path';
import type { RenderOptions } from 'altair-static';
import type { FastifyInstance, FastifyReply } from 'fastify';

export interface ExplorerOptions {
  /** Folder of `*.graphql` files (variables in `*.json` beside them) that become the first windows, if it exists. */
  examples?: string;
  /**
   * What {{names}} in the first windows stand for, such as `apiKey`; only for demos, since it is part of the page. Asked
   * for each time the page is opened.
   */
  variables?: () => Promise<Record<string, string>>;
}

const home = '/graphiql/';
const mostExamples = 40;

/**
 * What the page may load: only from here. Styles inline, since the explorer's framework writes them; scripts never
 * (the options come as a file of their own).
 */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "frame-src 'self'",
  "manifest-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Request scripts run in a frame of their own, in an origin of its own, without the page's storage or network. */
const sandboxPolicy =
  "sandbox allow-scripts; default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self'; img-src 'self'; frame-ancestors 'self'";

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.ttf': 'font/ttf',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.eot': 'application/vnd.ms-fontobject',
};

/**
 * The explorer at `/graphiql`: Altair as the package ships it, with no request to any other host, loaded when somebody
 * first opens it. Only files that were in its folder then are served, so no path can lead anywhere else.
 */
export function registerExplorer(app: FastifyInstance, options: ExplorerOptions = {}): void {
  const examples = readExamples(options.examples);
  let opened: ReturnType<typeof openAltair> | null = null;
  const altair = () => {
    opened ??= openAltair();
    return opened;
  };

  // Whoever opens the bare address in a browser is looking for this.
  app.get('/', (_request, reply) => reply.redirect(home, 302));
  app.get('/graphiql', (_request, reply) => reply.redirect(home, 302));
  app.get(home, async (_request, reply) => sendPage(reply, (await altair()).page));
  app.get(`${home}initial_options.js`, async (_request, reply) => {
    const variables = (await options.variables?.()) ?? {};
    const { renderInitSnippet } = await altair();
    const script = atHome(renderInitSnippet(renderSettings(examples, variables)));
    return reply.header('content-type', 'text/javascript; charset=utf-8').send(script);
  });
  app.get(`${home}*`, async (request, reply) => {
    const { files } = await altair();
    const name = (request.params as Record<string, string>)['*'] ?? '';
    const file = files.get(
      name === 'iframe-sandbox' || name === 'iframe-sandbox/' ? 'iframe-sandbox/index.html' : name,
    );
    if (!file || name === 'index.html') return reply.callNotFound();
    if (name === 'iframe-sandbox') return reply.redirect(`${home}iframe-sandbox/`, 302);
    if (name.startsWith('iframe-sandbox')) allowSandbox(reply);
    reply.header('content-type', mediaTypes[extname(file)] ?? 'application/octet-stream');
    reply.header('cache-control', 'public, max-age=3600');
    return reply.send(createReadStream(file));
  });
}

async function openAltair() {
  const { getDistDirectory, renderAltair, renderInitSnippet } = await import('altair-static');
  return {
    renderInitSnippet,
    files: filesBelow(getDistDirectory()),
    page: renderAltair({ baseURL: home, serveInitialOptionsInSeperateRequest: 'initial_options.js' }),
  };
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  reply.header('content-security-policy', pagePolicy);
  return reply.header('content-type', 'text/html; charset=utf-8').send(page);
}

/** The frame's origin is opaque, so its own files are cross-origin to it; they are public. */
function allowSandbox(reply: FastifyReply): void {
  reply.header('content-security-policy', sandboxPolicy);
  reply.header('x-frame-options', 'SAMEORIGIN');
  reply.header('access-control-allow-origin', '*');
  reply.header('cross-origin-resource-policy', 'cross-origin');
}

function filesBelow(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(relative(folder, path).split(sep).join('/'), path);
  }
  return files;
}

const endpoint = 'endpoint-at-this-page';
const socketEndpoint = 'socket-endpoint-at-this-page';

/** Windows need whole addresses, and only the browser knows by which one it came. */
function atHome(script: string): string {
  return script
    .replaceAll(`\`${socketEndpoint}\``, "location.origin.replace(/^http/, 'ws') + '/graphql'")
    .replaceAll(`\`${endpoint}\``, "location.origin + '/graphql'");
}

function renderSettings(examples: readonly Example[], variables: Record<string, string>): RenderOptions {
  const endpoints = {
    endpointURL: endpoint,
    subscriptionsEndpoint: socketEndpoint,
    initialSubscriptionRequestHandlerId: 'graphql-ws' as const,
    initialSubscriptionsPayload: { authorization: 'Bearer {{apiKey}}' },
    initialHeaders: { Authorization: 'Bearer {{apiKey}}' },
  };
  return {
    ...endpoints,
    baseURL: home,
    instanceStorageNamespace: `perennial_${keeping(variables)}`,
    disableAccount: true,
    initialSettings: {
      'schema.reloadOnStart': true,
      'alert.disableUpdateNotification': true,
      disablePushNotification: true,
      'banners.disable': true,
    },
    initialEnvironments: { base: { title: 'Perennial', variables: { apiKey: '', ...variables } } },
    ...(examples.length > 0
      ? {
          initialWindows: examples.map(({ name, query, variables }) => ({
            ...endpoints,
            initialName: name,
            initialQuery: query,
            ...(variables === null ? {} : { initialVariables: variables }),
          })),
        }
      : { initialQuery: '{ __typename }' }),
  };
}

/**
 * The browser keeps windows and names for the next visit. Another demo, or one that knows more names, begins anew: with
 * the key of yesterday's demo nothing would work.
 */
function keeping(variables: Record<string, string>): string {
  const text = JSON.stringify([variables.apiKey, Object.keys(variables).sort()]);
  return `${createHash('sha256').update(text).digest('hex').slice(0, 12)}_`;
}

interface Example {
  name: string;
  query: string;
  variables: string | null;
}

/**
 * The examples that are numbered, in their order, or else all in the order of their names. The number is not shown.
 * A page of hundred windows would show nothing.
 */
function readExamples(folder: string | undefined): Example[] {
  if (!folder || !existsSync(folder)) return [];
  const all = readdirSync(folder).filter((name) => name.endsWith('.graphql'));
  const numbered = all.filter((name) => /^[0-9]+-/.test(name));
  return (numbered.length > 0 ? numbered : all)
    .sort()
    .slice(0, mostExamples)
    .map((name) => {
      const variables = join(folder, name.replace(/\.graphql$/, '.json'));
      return {
        name: basename(name, '.graphql').replace(/^[0-9]+-/, ''),
        query: readFileSync(join(folder, name), 'utf8'),
        variables: existsSync(variables) ? readFileSync(variables, 'utf8') : null,
      };
    });
}
