mod kh244;
