export default async function tearDown(): Promise<void> {
  await Promise.all((globalThis.testServers ?? []).map((server) => server.stop()))
}
