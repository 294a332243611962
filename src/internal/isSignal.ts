// Of every platform, whichever this is: one list serves them all, and a signal that a platform does not have never comes
// there. Not SIGKILL and SIGSTOP, which no process hears.
const signals =
  /^SIG(ABRT|ALRM|BREAK|BUS|CHLD|CONT|FPE|HUP|ILL|INFO|INT|IO|IOT|LOST|PIPE|POLL|PROF|PWR|QUIT|SEGV|STKFLT|SYS|TERM|TRAP|TSTP|TTIN|TTOU|UNUSED|URG|USR1|USR2|VTALRM|WINCH|XCPU|XFSZ)$/;

/** What a list of signals has to be, for messages. */
export const namesOfSignals = 'names of signals that a process can listen to';

/** Whether a process can listen to it. */
export function isSignal(name: unknown): boolean {
  return typeof name === 'string' && signals.test(name);
}
