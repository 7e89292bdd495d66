/**
 * The public conformance suite against the built gateway, every server scenario of both eras. A scenario
 * either passes or stands here with the reason why it cannot apply; one that begins to pass, or is new, fails.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONFORMANCE, describeWithPrograms, NODE_22 } from '../support/http-packages.ts';
import { bearerProxy, type HttpServed, serveHttp, tokenFor } from '../support/http-served.ts';
import { Place } from '../support/served.ts';

const FIXTURE_TOOL = 'calls a tool of the suite’s own fixture server; the gateway has exactly 14 tools';
const PROMPTS = 'the gateway has no prompts';
const RESOURCES = 'the gateway has no resources';
const TASKS = 'an extension the gateway does not declare: its plans and runs are its tasks';
const INPUT = 'no tool of the gateway asks the client for input: humans decide outside of MCP';
const SESSION = 'the gateway is stateless: there is no session and no stream to poll or to open';
const SKILLS = 'an extension the gateway does not declare';

/** Scenarios that must pass, whole. */
const APPLICABLE = [
  'server-initialize',
  'ping',
  'tools-list',
  'dns-rebinding-protection',
  'http-header-validation',
  'sep-2164-resource-not-found',
  'input-required-result-unsupported-methods',
  'input-required-result-validate-input',
] as const;

/** Scenarios that must pass but for these checks. */
const IN_PART: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'server-stateless': {
    'sep-2575-server-rejects-undeclared-capability': FIXTURE_TOOL,
    'sep-2575-missing-capability-http-400': FIXTURE_TOOL,
    'sep-2575-http-server-no-independent-requests-on-stream': FIXTURE_TOOL,
    'sep-2575-server-no-log-without-loglevel': FIXTURE_TOOL,
    'sep-2575-server-sends-subscription-ack': SESSION,
    'sep-2575-server-tags-subscription-id': SESSION,
  },
  caching: {
    'sep-2549-prompts-list-caching-hints': PROMPTS,
    'sep-2549-resources-list-caching-hints': RESOURCES,
    'sep-2549-resources-templates-list-caching-hints': RESOURCES,
  },
};

const NOT_APPLICABLE: Readonly<Record<string, string>> = {
  'server-session-lifecycle': SESSION,
  'server-sse-polling': SESSION,
  'server-sse-multiple-streams': SESSION,
  'logging-set-level': 'the gateway sends no log messages to clients',
  'completion-complete': 'completes arguments of prompts and resources, which the gateway does not have',
  'tools-call-simple-text': FIXTURE_TOOL,
  'tools-call-image': FIXTURE_TOOL,
  'tools-call-audio': FIXTURE_TOOL,
  'tools-call-embedded-resource': FIXTURE_TOOL,
  'tools-call-mixed-content': FIXTURE_TOOL,
  'tools-call-with-logging': FIXTURE_TOOL,
  'tools-call-error': FIXTURE_TOOL,
  'tools-call-with-progress': FIXTURE_TOOL,
  'tools-call-sampling': FIXTURE_TOOL,
  'tools-call-elicitation': FIXTURE_TOOL,
  'json-schema-2020-12': FIXTURE_TOOL,
  'elicitation-sep1034-defaults': FIXTURE_TOOL,
  'elicitation-sep1330-enums': FIXTURE_TOOL,
  'http-custom-header-server-validation': 'no tool of the gateway maps an argument to a header',
  'resources-list': RESOURCES,
  'resources-read-text': RESOURCES,
  'resources-read-binary': RESOURCES,
  'resources-templates-read': RESOURCES,
  'resources-subscribe': RESOURCES,
  'resources-unsubscribe': RESOURCES,
  'prompts-list': PROMPTS,
  'prompts-get-simple': PROMPTS,
  'prompts-get-with-args': PROMPTS,
  'prompts-get-embedded-resource': PROMPTS,
  'prompts-get-with-image': PROMPTS,
  'sep-2640-skills-directory': SKILLS,
  'sep-2640-skills-enumeration': SKILLS,
  'sep-2640-skills-manifest': SKILLS,
  'tasks-lifecycle': TASKS,
  'tasks-capability-negotiation': TASKS,
  'tasks-wire-fields': TASKS,
  'tasks-request-state-removal': TASKS,
  'tasks-mrtr-input': TASKS,
  'tasks-request-headers': TASKS,
  'tasks-dispatch-and-envelope': TASKS,
  'tasks-status-notifications': TASKS,
  'tasks-required-task-error': TASKS,
  'tasks-mrtr-composition': TASKS,
  'input-required-result-basic-elicitation': INPUT,
  'input-required-result-basic-sampling': INPUT,
  'input-required-result-basic-list-roots': INPUT,
  'input-required-result-request-state': INPUT,
  'input-required-result-multiple-input-requests': INPUT,
  'input-required-result-multi-round': INPUT,
  'input-required-result-missing-input-response': INPUT,
  'input-required-result-non-tool-request': INPUT,
  'input-required-result-result-type': INPUT,
  'input-required-result-tampered-state': INPUT,
  'input-required-result-capability-check': INPUT,
  'input-required-result-ignore-extra-params': INPUT,
};

interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  readonly errorMessage?: string;
}

await describeWithPrograms([NODE_22, CONFORMANCE], 'the conformance suite', (node, suite) => {
  const place = new Place();
  let served: HttpServed | null = null;
  const results = new Map<string, readonly Check[]>();

  beforeAll(async () => {
    served = await serveHttp(place);
    const proxy = await bearerProxy(served.url, await tokenFor(place, '--agent', 'conformance'));
    const output = path.join(place.folder, 'results');
    mkdirSync(output);
    const args = ['server', '--url', `${proxy.url}/mcp`, '--suite', 'all', '--output-dir', output];
    await new Promise<void>((resolve) => {
      // It exits 1 because of what cannot apply; what counts is in the files it writes.
      execFile(String(node), [String(suite), ...args], { maxBuffer: 64 * 1024 * 1024 }, () => resolve());
    });
    proxy.close();
    for (const folder of readdirSync(output)) {
      const scenario = folder.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '');
      results.set(scenario, JSON.parse(readFileSync(path.join(output, folder, 'checks.json'), 'utf8')));
    }
  }, 120_000);
  afterAll(async () => {
    await served?.close();
    place.remove();
  });

  const failures = (scenario: string) =>
    (results.get(scenario) ?? []).filter((check) => check.status === 'FAILURE');
  const successes = (scenario: string) =>
    (results.get(scenario) ?? []).filter((check) => check.status === 'SUCCESS');

  it('has no scenario that this file does not know', () => {
    const known = [...APPLICABLE, ...Object.keys(IN_PART), ...Object.keys(NOT_APPLICABLE)];
    expect([...results.keys()].sort()).toEqual(known.sort());
  });

  it.each(APPLICABLE)('passes %s', (scenario) => {
    expect(failures(scenario)).toEqual([]);
    expect(successes(scenario).length).toBeGreaterThan(0);
  });

  it.each(Object.entries(IN_PART))('passes %s but for what cannot apply', (scenario, excepted) => {
    expect(failures(scenario).map((check) => check.id)).toEqual(Object.keys(excepted));
    expect(successes(scenario).length).toBeGreaterThan(3);
  });

  it.each(Object.keys(NOT_APPLICABLE))('lists %s as not applicable, and it still is', (scenario) => {
    const judged = (results.get(scenario) ?? []).filter((check) => check.id !== 'wire-schema-valid');
    expect(judged.length).toBeGreaterThan(0);
    expect(judged.every((check) => check.status === 'SUCCESS')).toBe(false);
  });
});
