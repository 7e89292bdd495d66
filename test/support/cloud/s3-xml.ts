/** XML as S3 and STS write it. */
import type { AwsResponse } from './service.ts';

export type XmlContent =
  | string
  | number
  | boolean
  | readonly XmlElement[]
  | Readonly<Record<string, string | number | boolean>>;
export type XmlElement = readonly [name: string, content: XmlContent];

export function xml(
  name: string,
  content: XmlContent,
  namespace = 'http://s3.amazonaws.com/doc/2006-03-01/',
): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="${namespace}">${inner(content)}</${name}>`;
}

export function errorXml(status: number, code: string, message: string): AwsResponse {
  const content = inner({ Code: code, Message: message, RequestId: 'fake' });
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${content}</Error>`,
  };
}

function inner(content: XmlContent): string {
  if (typeof content !== 'object') return escaped(String(content));
  const elements: readonly XmlElement[] = isElements(content) ? content : Object.entries(content);
  return elements.map(([name, each]) => `<${name}>${inner(each)}</${name}>`).join('');
}

function isElements(content: XmlContent): content is readonly XmlElement[] {
  return Array.isArray(content);
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`);
}
