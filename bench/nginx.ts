import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SERVER_CORE } from './machine.ts';
import { freePort, startProgram, type Program } from './program.ts';

/** nginx as a plain proxy with one worker and kept connections; undefined where it is not installed. */
export async function startNginx(upstreamPort: number, folder: string): Promise<Program | undefined> {
  const command = find();
  if (command === undefined) return undefined;
  const home = join(folder, 'nginx');
  mkdirSync(home, { recursive: true });
  const port = await freePort();
  const config = join(home, 'nginx.conf');
  writeFileSync(config, configuration(port, upstreamPort, home));
  return startProgram({
    command,
    args: ['-c', config, '-p', home, '-e', join(home, 'error.log')],
    core: SERVER_CORE,
    port,
  });
}

function find(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, 'nginx')).find((path) => existsSync(path));
}

function configuration(port: number, upstreamPort: number, home: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  // The default user of a worker could not enter the folder.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `daemon off; worker_processes 1; pid ${home}/nginx.pid; ${user}
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  ${temporary.map((name) => `${name}_temp_path ${home}/${name};`).join(' ')}
  upstream mock { server 127.0.0.1:${upstreamPort}; keepalive 128; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header connection ""; }
  }
}
`;
}
