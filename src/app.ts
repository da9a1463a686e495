import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import { abandonLost, SHARED_MAX_AGE_MS, startBackground, within } from './background.ts';
import { administratorOf, regionsOf, sessionLimitsOf, SETTINGS, type Config } from './config.ts';
import type { Clock, Random } from './core/ambient.ts';
import { estimateUsage } from './core/estimate.ts';
import { idMaker } from './core/id.ts';
import { keyHasher } from './core/keyValue.ts';
import { oidcOf } from './core/oidcSettings.ts';
import { shownSettings } from './core/shownSettings.ts';
import { createAuthz } from './http/authz.ts';
import { DOORS } from './http/doors.ts';
import { failureLog } from './http/failureLog.ts';
import { createGateway } from './http/gateway.ts';
import { createHealth } from './http/health.ts';
import { createHolderUsage } from './http/holderUsage.ts';
import { createManagement } from './http/manage/management.ts';
import { createModels } from './http/models.ts';
import { addressOf } from './http/presented.ts';
import { createDoors, listen, localUrl } from './http/server.ts';
import { createServiceDoor } from './http/serviceDoor.ts';
import { createVerify } from './http/verify.ts';
import type { GatewayOptions } from './http/visit.ts';
import { readScannerKeys } from './scannerKeys.ts';
import { checkSecret, serverSecrets } from './serverSecret.ts';
import { createActivity } from './service/activity.ts';
import { createAdmission } from './service/admission.ts';
import { byServer } from './service/audit.ts';
import { createCalls, SWEEP_MS } from './service/calls.ts';
import { createDenials } from './service/denials.ts';
import { createDirectory } from './service/directory.ts';
import { firstStart, type FirstStart } from './service/firstStart.ts';
import { createHolderReports } from './service/holderReports.ts';
import { createIdentities } from './service/identity.ts';
import { createKeyring } from './service/keyring.ts';
import { createLease } from './service/lease.ts';
import { createLimitWatch } from './service/limitWatch.ts';
import { createNotifying } from './service/notifying.ts';
import { createPairs, keysAndUsers } from './service/pairs.ts';
import { createPasswords } from './service/passwords.ts';
import { patiently } from './service/patience.ts';
import { createPulse } from './service/pulse.ts';
import { createRelay } from './service/relay.ts';
import { createReservations } from './service/reservations.ts';
import { createSettlement } from './service/settlement.ts';
import { createShapes } from './service/shapes.ts';
import { createStopwatch } from './service/stopwatch.ts';
import { sweepTemporaryKeys } from './service/temporarySweep.ts';
import { createUses } from './service/uses.ts';
import { createCipher } from './store/cipher.ts';
import { openStore } from './store/open.ts';
import { createDemo } from './upstream/demo/demoUpstream.ts';
import { createForward } from './upstream/forward.ts';
import { refuseHost } from './upstream/guard.ts';
import { openIdentityProvider } from './upstream/identityProvider.ts';
import { createMeter } from './upstream/meter.ts';
import { createProviderTest } from './upstream/providerCheck.ts';
import { createSend } from './upstream/send.ts';
import { createWebhookGuard } from './upstream/webhookGuard.ts';
import { createWebhookSender } from './upstream/webhookSender.ts';

/** A running Keyward. */
export interface App {
  /** Where it listens, as a base URL. */
  readonly url: string;
  /** Set at the first start on an empty store. */
  readonly first: FirstStart | undefined;
  /** Takes no new calls, lets those under way end (at most the drain time), and writes what is noted. */
  stop(): Promise<void>;
}

/** What a running Keyward is made of; all but the first two is for tests. */
export interface AppOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly leaseMs?: number;
  readonly open?: typeof openStore;
}

const SESSIONS_KEPT_MS = 24 * 60 * 60_000;
/** A node that has not renewed for this long is taken for dead: its calls under way become abandoned ones. */
const LEASE_MS = 15_000;
/** The catalogue is read that often, so it is older only when that is held up: then it decides nothing any more. */
const CATALOGUE_MAX_AGE_MS = 750;

/** The composition root: the only file that knows every folder. */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, log, clock = Date.now, random = randomBytes, leaseMs = LEASE_MS, open = openStore } = options;
  const secrets = serverSecrets(config.KEYWARD_SECRET, config.KEYWARD_DATA_DIR);
  const newId = idMaker(random, clock);
  const keyPrefix = config.KEYWARD_KEY_PREFIX;
  const nodeId = newId('node');
  const regions = regionsOf(config);
  const store = await open({
    url: config.DATABASE_URL,
    dataDir: config.KEYWARD_DATA_DIR,
    cipher: createCipher(secrets.credentials),
    nodeId,
    onError: (error) => log.error({ err: error }, 'store trouble'),
  });
  try {
    const kept = await checkSecret(store.meta, secrets);
    const hashValue = keyHasher(kept?.keyHash ?? secrets.keyHash);
    const making = { clock, random, newId, hashValue, keyPrefix };
    const shared = store.engine === 'postgres';
    const keyAgeMs = shared ? SHARED_MAX_AGE_MS : 0;
    const stopwatch = createStopwatch(clock, () => performance.now());
    const sweeps = createPulse(clock, stopwatch);
    const onLost = (): void => calls.cutAll();
    const lease = createLease({ limits: store.limits, nodeId, leaseMs, shared, clock, stopwatch, onLost });
    await lease.renew();
    await abandonLost(lease, log);
    const begins = byServer({ id: 'server', operation: 'firstStart', clock });
    const first = await store.audit.during(begins, () =>
      firstStart({ store, ...making, region: regions.own, administrator: administratorOf(config) }),
    );
    const directory = await createDirectory(
      store.catalogue,
      shared ? { maxAgeMs: CATALOGUE_MAX_AGE_MS, stopwatch } : undefined,
    );
    const keys = keysAndUsers(store.keys, store.clusterUsers);
    const keyring = createKeyring({
      keys,
      clock,
      capacity: config.KEYWARD_KEY_CACHE_SIZE,
      maxAgeMs: shared ? SHARED_MAX_AGE_MS : Infinity,
      region: regions.own,
    });
    const shapes = createShapes({ meta: store.meta, keyPrefix, clock });
    const uses = createUses({ keys, clock });
    const denials = createDenials({ ledger: store.ledger, clock });
    const watch = createLimitWatch({ limits: store.limits, observe: (states) => notices.observe(states), clock });
    const reservations = createReservations({ limits: store.limits, watch });
    const admission = createAdmission({
      keyring,
      directory,
      pairs: createPairs({ keyring, directory, passwords: createPasswords({ random }), clock, random }),
      lease,
      shapes,
      hash: hashValue,
      keyPrefix,
      clock,
      uses,
      denials,
      reservations,
      probe: (ask) => store.limits.probe(ask),
    });
    const activity = createActivity({ ...store, clock, newId });
    const settlement = createSettlement({ reservations, clock, onSettled: (row) => activity.note(row) });
    const calls = createCalls({ admission, keyring });
    const identities = createIdentities({ keyring, hashValue, shapes, rootKey: config.KEYWARD_ROOT_KEY, clock });
    const forward = createForward({ allowMetadata: config.KEYWARD_ALLOW_METADATA_ADDRESSES });
    const send = createSend({ forward: forward.send, demo: createDemo({ clock, newId }) });
    const webhookGuard = createWebhookGuard({
      allowPrivate: config.KEYWARD_WEBHOOK_PRIVATE_ADDRESSES,
      allowMetadata: config.KEYWARD_ALLOW_METADATA_ADDRESSES,
    });
    const sendWebhook = createWebhookSender({ guard: webhookGuard });
    const { notices, deliveries } = createNotifying({
      store,
      clock,
      newId,
      random,
      send: sendWebhook,
      report: (error) => log.error({ err: error }, 'webhooks are held up; they are tried again'),
    });
    const oidc = openIdentityProvider(oidcOf(config), clock);
    const trust = { trusted: config.KEYWARD_TRUSTED_PROXIES, header: config.KEYWARD_CLIENT_ADDRESS_HEADER };

    const gatewayOptions: GatewayOptions = {
      admission,
      settlement,
      createMeter,
      newId,
      clock,
      trust,
      keyPrefix,
      relay: createRelay({
        send,
        calls,
        settlement,
        clock,
        report: (error) => log.error({ err: error }, 'a call could not be ended or recorded'),
      }),
      estimate: estimateUsage,
      bodyLimit: config.KEYWARD_BODY_LIMIT_MB * 1024 * 1024,
      log: failureLog(log),
    };
    const runtime = `Node ${process.versions.node}`;
    const settings = shownSettings(SETTINGS, config);
    const facts = { version: manifest.version, runtime, startedAtMs: clock(), settings };
    const management = await createManagement({
      store,
      keyring,
      directory,
      ...making,
      shapes,
      identities,
      logger: log,
      doors: DOORS,
      tokenKey: secrets.tokens,
      recoveryKey: kept?.recovery,
      publicUrl: config.KEYWARD_PUBLIC_URL,
      regions,
      sessionLimits: sessionLimitsOf(config),
      oidc,
      uses,
      clientAddress: (request) => addressOf(request, trust),
      refuseHost: config.KEYWARD_ALLOW_METADATA_ADDRESSES ? () => null : refuseHost,
      testProvider: createProviderTest({ send }),
      scannerKeys: readScannerKeys(config.KEYWARD_SCANNER_KEYS),
      sendWebhook,
      refuseWebhookHost: (hostname) => webhookGuard.refuse(hostname),
      system: { ...facts, nodeId, lease, sweeps, sweepMs: SWEEP_MS, keyAgeMs, stopwatch },
    });
    const ready = async (): Promise<void> => {
      await patiently(Promise.all([store.check(), Promise.resolve(directory.current())]));
      await lease.regain();
    };
    // A lease that has run out is noticed by asking for it.
    const sweepCalls = (): void => {
      sweeps.beat();
      lease.term();
      calls.sweep();
    };
    const reports = createHolderReports({ ledger: store.ledger, clock });
    const server = createDoors({
      gateway: createGateway(gatewayOptions),
      models: createModels({ ...gatewayOptions, directory }),
      usage: createHolderUsage({ ...gatewayOptions, reports, limits: store.limits }),
      services: createServiceDoor(gatewayOptions),
      verify: createVerify({
        ...gatewayOptions,
        identify: (value, address) => identities.identify(value, address),
      }),
      authz: createAuthz(gatewayOptions),
      health: createHealth(ready),
      management: (request, response) => management.routing(request, response),
    });

    const flush = (): Promise<void> => Promise.all([uses.flush(), denials.flush()]).then(() => undefined);
    const stopBackground = startBackground(
      {
        notices: () => watch.flush().then(() => notices.flush()),
        sweepNotices: () => Promise.all([notices.sweep(clock()), activity.sweep()]),
        sweepSessions: () => store.sessions.sweep(clock(), clock() - SESSIONS_KEPT_MS),
        sweepTemporaryKeys: () => sweepTemporaryKeys(store.keys, clock()),
        deliveries: () => deliveries.pump(),
        flush,
        sweepCalls,
        owed: () => reservations.flush(),
        ...(shared && { reload: () => directory.reload() }),
      },
      { lease, leaseMs, sweepMs: SWEEP_MS, log },
    );
    // It may have run out while the rest was made.
    await lease.renew();
    await listen(server, { host: config.HOST, port: config.PORT });
    return {
      url: config.KEYWARD_PUBLIC_URL ?? localUrl(server.address() as AddressInfo),
      first,
      async stop() {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        server.closeIdleConnections();
        // On a connection that is in use one more call can come, and no other.
        server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
        await within(config.KEYWARD_DRAIN_SECONDS * 1000, calls.idle());
        server.closeAllConnections();
        await closed;
        // Calls that were being admitted when their connection was closed begin, and end, only now.
        reservations.close();
        await settlement.drain();
        await new Promise((resolve) => setImmediate(resolve));
        await calls.idle();
        stopBackground();
        await settlement.drain();
        await reservations
          .flush()
          .catch((error: unknown) => log.error({ err: error, owed: reservations.owed }, 'calls could not be recorded'));
        log.debug({ groups: reservations.groups }, 'how many calls were written together');
        await flush().catch((error: unknown) => log.error({ err: error }, 'last notes could not be written'));
        await activity.flush().catch((error: unknown) => log.error({ err: error }, 'last uses could not be written'));
        await notices.stop().catch((error: unknown) => log.error({ err: error }, 'last notices could not be written'));
        await deliveries.stop();
        await management.close();
        await Promise.all([forward.close(), oidc?.close()]);
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
