/** English. Its shape is every language's shape. */

export const en = {
  language: 'Language',
  colours: { light: 'Switch to light colours', dark: 'Switch to dark colours' },
  account: 'Account',
  signOut: 'Sign out',
  loading: 'Loading',
  tryAgain: 'Try again',
  skipToContent: 'Skip to content',
  title: 'prosaasil - phone agent',
  signIn: {
    title: 'Welcome',
    lead: 'Sign in to talk with your phone agent',
    email: 'Email',
    password: 'Password',
    showPassword: 'Show or hide the password',
    submit: 'Sign in',
    firstLogin:
      'First time here? The login was printed in the terminal where prosaasil was started.',
    emailMissing: 'Enter your email address.',
    passwordMissing: 'Enter your password.',
    wrong: 'The email or the password is not right.',
    tooMany: 'Too many attempts. Wait a minute, then try again.',
  },
  serverDown: {
    title: 'The server does not answer',
    remedy: 'Check that prosaasil is running and that you are online, then try again.',
  },
  phone: {
    heading: 'Talk to the agent',
    lead: 'A real call, from this page.',
    direction: 'Who is calling',
    inbound: 'You call the business',
    outbound: 'The business calls you',
    call: 'Call',
    callAgain: 'Call again',
    hangUp: 'Hang up',
    mute: 'Mute',
    unmute: 'Unmute',
    keypad: 'Keypad',
    keysPressed: 'Keys pressed',
    key: 'Key {{key}}',
    you: 'You',
    agent: 'Agent',
    yourLevel: 'Your voice level',
    agentLevel: "The agent's voice level",
    duration: 'Duration',
    mutedNote: 'You are muted: the agent cannot hear you.',
    microphoneLost: 'The microphone was disconnected. Plug it in and call again.',
    offline: 'No network. Waiting for it to come back...',
    demoVoice: 'Demo voice',
    demoVoiceNote:
      'The built-in engine answers: clear English, accented Hebrew, and only what the business has written down. Set OPENAI_API_KEY for a natural voice.',
  },
  status: {
    idle: 'Ready when you are',
    idleHint: 'Press Call and speak as you would on the phone.',
    asking: 'Allow the microphone',
    askingHint: 'The browser is asking for your permission.',
    connecting: 'Connecting...',
    ringing: 'Ringing...',
    greeting: 'The agent greets you',
    speaking: 'The agent is speaking',
    listening: 'The agent is listening',
    over: 'The call has ended',
    failed: 'The call did not begin',
  },
  ending: {
    hungUp: 'You hung up.',
    silence: 'Nobody spoke for a while, so the agent ended the call.',
    longestCall: 'The call reached its longest duration.',
    shutdown: 'The server is restarting. Call again in a moment.',
    farewell: 'The agent said goodbye and hung up.',
    other: "The agent's side ended the call.",
  },
  problem: {
    'microphone-refused': {
      title: 'The microphone is blocked',
      remedy:
        "Allow the microphone for this page - the icon beside the browser's address bar - then call again.",
    },
    'microphone-absent': {
      title: 'No microphone found',
      remedy: 'Connect a microphone or a headset, then call again.',
    },
    'microphone-busy': {
      title: 'The microphone cannot be used',
      remedy: 'Another program may be using it. Close that program, then call again.',
    },
    'insecure-page': {
      title: 'This address is not secure',
      remedy:
        'Browsers give the microphone only to secure pages. Open this page over https, or on the same machine as http://localhost.',
    },
    'browser-too-old': {
      title: 'This browser cannot make calls',
      remedy: 'Use a current version of Chrome, Edge, Firefox or Safari.',
    },
    'call-refused': {
      title: 'The call was refused',
      remedy: 'Wait a moment, then call again.',
    },
    'agent-unavailable': {
      title: 'The agent is not available',
      remedy:
        'It may still be starting. Call again in a moment; "prosaasil doctor" says what is missing.',
    },
    'server-down': {
      title: 'The server does not answer',
      remedy: 'Check that prosaasil is running and that you are online, then call again.',
    },
    'signed-out': {
      title: 'You have been signed out',
      remedy: 'Sign in again to go on.',
    },
    'connection-lost': {
      title: 'The connection was lost',
      remedy: 'Check your network, then call again. What was said is kept on this page.',
    },
  },
  transcript: {
    heading: 'Transcript',
    live: 'Live',
    log: 'What is being said',
    emptyTitle: 'Every word appears here',
    emptyIntro: 'You could ask:',
    suggestions: {
      hours: 'What are your opening hours?',
      book: 'I would like to make an appointment',
      where: 'Where are you located?',
    },
    nothingSaid: 'Nothing was said in this call.',
  },
  recording: {
    waiting: 'The recording is being saved...',
    missing: 'There is no recording of this call.',
    play: 'Recording of the call',
    download: 'Download',
  },
};

export type Messages = typeof en;
