/** Only addresses of the console itself are gone back to, whatever a browser makes of how they are written. */
export function insideOnly(back: string | undefined): string {
  const there = back === undefined ? null : URL.parse(back, location.origin);
  // A path that begins with two slashes would be read as another host.
  if (there?.origin !== location.origin || there.pathname.startsWith('//')) return '/';
  return `${there.pathname}${there.search}${there.hash}`;
}
