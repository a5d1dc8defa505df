/* Two networks of three and four operations, for tests of what does not depend on a network's size. */
#ifndef BONAFIDE_TESTS_ENGINE_NET_TWO_NETS_H
#define BONAFIDE_TESTS_ENGINE_NET_TWO_NETS_H

#include "engine/nets/net.h"

enum { TWO_SIZE = 21, TWO_FLOATS = 3 * TWO_SIZE * TWO_SIZE, TWO_DIM = 16, TWO_NETS = 2 };

/* Taps of both, of TWO_DIM floats. In the second network the second tap is that of a fully connected layer, which
 * runs for several images together and whose weights are read where they are stored. */
enum { TWO_FIRST, TWO_SECOND, TWO_TAPS };

extern const feat_net two_nets[TWO_NETS];

/* The same, NULL after the last. */
extern const feat_net *const two_net_list[TWO_NETS + 1];

#endif
