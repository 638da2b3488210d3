/* CRC-32 (the polynomial of Ethernet): finds torn writes. It is no protection against anybody. */
#ifndef TALLY_CRC_H
#define TALLY_CRC_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from `crc`, 0 at the beginning. */
uint32_t crc32_of(uint32_t crc, const void *bytes, size_t length);

#endif
