package audio

const Rate = 16000
