/** Only addresses of the console itself are gone back to. */
export function insideOnly(back: string | undefined): string {
  return back !== undefined && /^\/(?![/\\])/.test(back) ? back : '/';
}
