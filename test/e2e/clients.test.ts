/** Clients that people use, as they are published, over both transports of the built gateway. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as current from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as FirstStdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as FirstHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLAUDE, describeWithPrograms, INSPECTOR, NODE_22 } from '../support/http-packages.ts';
import { type HttpServed, serveHttp, tokenFor } from '../support/http-served.ts';
import { inherited, Place, type Ran, serveArguments } from '../support/served.ts';

const place = new Place();
const project = path.join(place.folder, 'project');
const home = path.join(place.folder, 'home');
const servers = path.join(project, '.mcp.json');
let served: HttpServed;
let token = '';

beforeAll(async () => {
  served = await serveHttp(place);
  token = await tokenFor(place, '--agent', 'client');
  const stdio = { command: process.execPath, args: serveArguments(place, 'dev', ['--no-console']) };
  const http = (bearer: string) => ({
    type: 'http',
    url: `${served.url}/mcp`,
    headers: { Authorization: `Bearer ${bearer}` },
  });
  mkdirSync(project);
  mkdirSync(path.join(home, '.claude'), { recursive: true });
  const mcpServers = { stdio, http: http(token), stranger: http('rgw_nobody') };
  writeFileSync(servers, JSON.stringify({ mcpServers }));
});
afterAll(async () => {
  await served.close();
  place.remove();
});

const MISSING_PLAN = { name: 'gateway_get_plan', arguments: { plan_id: 'plan_x' } };
const NOT_FOUND = { isError: true, structuredContent: { error: { code: 'plan_not_found' } } };

function stdioOptions() {
  const args = serveArguments(place, 'dev', ['--no-console']);
  return { command: process.execPath, args, env: inherited(), stderr: 'ignore' } as const;
}

describe('the SDK’s first generation', () => {
  it.each(['stdio', 'http'])('lists and calls over %s', async (kind) => {
    const transport =
      kind === 'stdio'
        ? new FirstStdio(stdioOptions())
        : new FirstHttp(new URL(`${served.url}/mcp`), {
            requestInit: { headers: { authorization: `Bearer ${token}` } },
          });
    const client = new FirstClient({ name: 'first', version: '1' });
    await client.connect(transport);
    expect(client.getServerVersion()?.name).toBe('recourse-gateway');
    expect((await client.listTools()).tools).toHaveLength(14);
    expect(await client.callTool(MISSING_PLAN)).toMatchObject(NOT_FOUND);
    await client.close();
  });

  it('is refused over HTTP without a token', async () => {
    const client = new FirstClient({ name: 'first', version: '1' });
    await expect(client.connect(new FirstHttp(new URL(`${served.url}/mcp`)))).rejects.toThrow();
  });
});

describe('the SDK’s second generation', () => {
  it.each([
    ['stdio', 'auto'],
    ['http', 'auto'],
    ['stdio', 'legacy'],
    ['http', 'legacy'],
  ] as const)('lists and calls over %s, %s', async (kind, mode) => {
    const transport =
      kind === 'stdio'
        ? new StdioClientTransport(stdioOptions())
        : new current.StreamableHTTPClientTransport(new URL(`${served.url}/mcp`), {
            requestInit: { headers: { authorization: `Bearer ${token}` } },
          });
    const client = new current.Client({ name: 'second', version: '1' }, { versionNegotiation: { mode } });
    await client.connect(transport);
    expect(client.getNegotiatedProtocolVersion()).toBe(mode === 'auto' ? '2026-07-28' : '2025-11-25');
    expect((await client.listTools()).tools).toHaveLength(14);
    expect(await client.callTool(MISSING_PLAN)).toMatchObject(NOT_FOUND);
    await client.close();
  });
});

/** A program in the project's folder, in a home of its own, so that nobody's settings or log-in count. */
function ran(file: string, args: readonly string[]): Promise<Ran> {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    MCP_INSPECTOR_SECRET_STORE: 'memory',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
  };
  return new Promise((resolve) => {
    execFile(file, [...args], { cwd: project, env, timeout: 60_000 }, (failure, stdout, stderr) => {
      resolve({ code: failure === null ? 0 : Number(failure.code ?? -1), stdout, stderr });
    });
  });
}

await describeWithPrograms([NODE_22, INSPECTOR], 'the inspector’s command line', (node, inspector) => {
  const inspected = (server: string, ...args: string[]) =>
    ran(String(node), [String(inspector), '--cli', '--config', servers, '--server', server, ...args]);

  it.each(['stdio', 'http'])('lists and calls over %s', async (server) => {
    const [listed, called] = await Promise.all([
      inspected(server, '--method', 'tools/list'),
      inspected(
        server,
        ...['--method', 'tools/call', '--tool-name', 'gateway_get_plan', '--tool-arg', 'plan_id=plan_x'],
      ),
    ]);
    expect(listed.code).toBe(0);
    expect(JSON.parse(listed.stdout).tools).toHaveLength(14);
    expect(JSON.parse(called.stdout)).toMatchObject(NOT_FOUND);
  });

  it('is refused over HTTP with a token that nobody has', async () => {
    const { code, stdout } = await inspected('stranger', '--method', 'tools/list');
    expect(code).not.toBe(0);
    expect(stdout).not.toContain('gateway_');
  });
});

await describeWithPrograms([CLAUDE], 'Claude Code', (claude) => {
  beforeAll(() => {
    // What its user says once: this folder is trusted, and so are the servers of its .mcp.json.
    writeFileSync(path.join(home, '.claude', 'settings.json'), '{"enableAllProjectMcpServers":true}');
    const projects = { [project]: { hasTrustDialogAccepted: true } };
    writeFileSync(path.join(home, '.claude.json'), JSON.stringify({ projects }));
  });

  it('connects over both transports, and not with a token that nobody has', async () => {
    const { stdout } = await ran(String(claude), ['mcp', 'list']);
    const lines = stdout.split('\n');
    const about = (server: string) => lines.find((line) => line.startsWith(`${server}:`)) ?? '';
    expect(about('stdio')).toMatch(/✔ Connected/);
    expect(about('http')).toMatch(/✔ Connected/);
    expect(about('stranger')).toMatch(/✘ .*401/);
  });
});
