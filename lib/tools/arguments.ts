/** Pieces of tool inputs that several tools share. */
import * as z from 'zod';

const printable = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u;

/** One line of text without control, bidi or zero-width characters. */
export function line(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .regex(printable, 'must be one line without control or invisible characters');
}

export const planId = z.string().max(64).describe('The plan_id that an earlier answer gave.');

export const cwd = line(1024)
  .default('.')
  .describe('Folder, relative to the root that this gateway serves (cloud: <source>/<path>).');

export const workspace = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,89}$/, 'letters, digits, "-", "_" and "."; it cannot start with "-"')
  .default('default')
  .describe('Terraform workspace; "default" unless given.');

export const ref = line(255).optional().describe('Cloud only: branch, tag or commit of the source.');

export const namespace = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'a Kubernetes namespace: lower-case letters, digits and "-"')
  .optional();

export const objectName = z
  .string()
  .regex(
    /^[a-z0-9A-Z]([-a-z0-9A-Z.:_]{0,251}[a-z0-9A-Z])?$/,
    'a Kubernetes object name; it cannot start with "-"',
  );

export const resourceType = z
  .string()
  .regex(
    /^[a-zA-Z][a-zA-Z0-9.,/:_-]{0,509}$/,
    'a resource type such as "pods" or "deployments.apps", or TYPE/NAME',
  );

export const podName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9.,/:_-]{0,509}$/, 'the name of a pod; it cannot start with "-"');
