/**
 * Health commands in plain bash, which every image has: starting a client in a JVM or Node every few seconds would cost
 * more than the service itself uses when idle.
 */

/**
 * Succeeds when `GET path` answers 2xx, and the body matches where a pattern is given.
 *
 * @param host @default - the container itself
 */
export function httpGet(port: number, path: string, bodyMatches?: RegExp, host = '127.0.0.1'): readonly string[] {
  const request = `GET ${path} HTTP/1.0\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n`;
  const answer = bodyMatches
    ? `[[ $status =~ ^HTTP/1.[01]\\ 2 ]] && pattern='${bodyMatches.source}' && { IFS= read -r -d '' -t 5 body <&3; [[ $body =~ $pattern ]]; }`
    : '[[ $status =~ ^HTTP/1.[01]\\ 2 ]]';
  return [
    'bash',
    '-c',
    `exec 3<>/dev/tcp/${host}/${port} && printf '${request}' >&3 && read -r -t 5 status <&3 && ${answer}`,
  ];
}

/**
 * Sends bytes and succeeds when the answer contains the expected bytes.
 *
 * @param request bytes to send, hexadecimal
 * @param answerHex pattern for the hexadecimal answer
 * @param answerBytes number of bytes of the answer to read
 */
export function exchange(port: number, request: string, answerHex: RegExp, answerBytes: number): readonly string[] {
  const escaped = request.replace(/../g, (byte) => `\\x${byte}`);
  return [
    'bash',
    '-c',
    `exec 3<>/dev/tcp/127.0.0.1/${port} && printf '${escaped}' >&3 && ` +
      `answer=$(timeout 5 head -c ${answerBytes} <&3 | od -An -v -tx1 | tr -d ' \\n') && [[ $answer =~ ${answerHex.source} ]]`,
  ];
}
