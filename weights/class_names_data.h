/* Names of the 1,000 classes of ImageNet's challenge: the first word of each synset of WordNet (some with a second,
 * which tells them from another), in the order of the synsets' numbers, in which torchvision and Keras count. And the
 * number that each has in the challenge of 2012, by which the published FID network counts. */
#ifndef BONAFIDE_WEIGHTS_CLASS_NAMES_DATA_H
#define BONAFIDE_WEIGHTS_CLASS_NAMES_DATA_H

#include <stdint.h>

enum { FEAT_IMAGENET_CLASSES = 1000 };

/* A hundred in a string, each ended by a semicolon. */
static const char *const feat_imagenet_names[] = {
    "tench;goldfish;great white shark;tiger shark;hammerhead;electric ray;stingray;cock;hen;ostrich;brambling;"
    "goldfinch;house finch;junco;indigo bunting;robin;bulbul;jay;magpie;chickadee;water ouzel;kite;bald eagle;"
    "vulture;great grey owl;European fire salamander;common newt;eft;spotted salamander;axolotl;bullfrog;tree frog;"
    "tailed frog;loggerhead;leatherback turtle;mud turtle;terrapin;box turtle;banded gecko;common iguana;"
    "American chameleon;whiptail;agama;frilled lizard;alligator lizard;Gila monster;green lizard;African chameleon;"
    "Komodo dragon;African crocodile;American alligator;triceratops;thunder snake;ringneck snake;hognose snake;"
    "green snake;king snake;garter snake;water snake;vine snake;night snake;boa constrictor;rock python;"
    "Indian cobra;green mamba;sea snake;horned viper;diamondback;sidewinder;trilobite;harvestman;scorpion;"
    "black and gold garden spider;barn spider;garden spider;black widow;tarantula;wolf spider;tick;centipede;"
    "black grouse;ptarmigan;ruffed grouse;prairie chicken;peacock;quail;partridge;African grey;macaw;"
    "sulphur-crested cockatoo;lorikeet;coucal;bee eater;hornbill;hummingbird;jacamar;toucan;drake;"
    "red-breasted merganser;goose;",
    "black swan;tusker;echidna;platypus;wallaby;koala;wombat;jellyfish;sea anemone;brain coral;flatworm;nematode;"
    "conch;snail;slug;sea slug;chiton;chambered nautilus;Dungeness crab;rock crab;fiddler crab;king crab;"
    "American lobster;spiny lobster;crayfish;hermit crab;isopod;white stork;black stork;spoonbill;flamingo;"
    "little blue heron;American egret;bittern;crane (bird);limpkin;European gallinule;American coot;bustard;"
    "ruddy turnstone;red-backed sandpiper;redshank;dowitcher;oystercatcher;pelican;king penguin;albatross;"
    "grey whale;killer whale;dugong;sea lion;Chihuahua;Japanese spaniel;Maltese dog;Pekinese;Shih-Tzu;"
    "Blenheim spaniel;papillon;toy terrier;Rhodesian ridgeback;Afghan hound;basset;beagle;bloodhound;bluetick;"
    "black-and-tan coonhound;Walker hound;English foxhound;redbone;borzoi;Irish wolfhound;Italian greyhound;"
    "whippet;Ibizan hound;Norwegian elkhound;otterhound;Saluki;Scottish deerhound;Weimaraner;"
    "Staffordshire bullterrier;American Staffordshire terrier;Bedlington terrier;Border terrier;Kerry blue terrier;"
    "Irish terrier;Norfolk terrier;Norwich terrier;Yorkshire terrier;wire-haired fox terrier;Lakeland terrier;"
    "Sealyham terrier;Airedale;cairn;Australian terrier;Dandie Dinmont;Boston bull;miniature schnauzer;"
    "giant schnauzer;standard schnauzer;Scotch terrier;",
    "Tibetan terrier;silky terrier;soft-coated wheaten terrier;West Highland white terrier;Lhasa;"
    "flat-coated retriever;curly-coated retriever;golden retriever;Labrador retriever;Chesapeake Bay retriever;"
    "German short-haired pointer;vizsla;English setter;Irish setter;Gordon setter;Brittany spaniel;clumber;"
    "English springer;Welsh springer spaniel;cocker spaniel;Sussex spaniel;Irish water spaniel;kuvasz;schipperke;"
    "groenendael;malinois;briard;kelpie;komondor;Old English sheepdog;Shetland sheepdog;collie;Border collie;"
    "Bouvier des Flandres;Rottweiler;German shepherd;Doberman;miniature pinscher;Greater Swiss Mountain dog;"
    "Bernese mountain dog;Appenzeller;EntleBucher;boxer;bull mastiff;Tibetan mastiff;French bulldog;Great Dane;"
    "Saint Bernard;Eskimo dog;malamute;Siberian husky;dalmatian;affenpinscher;basenji;pug;Leonberg;Newfoundland;"
    "Great Pyrenees;Samoyed;Pomeranian;chow;keeshond;Brabancon griffon;Pembroke Welsh corgi;Cardigan Welsh corgi;"
    "toy poodle;miniature poodle;standard poodle;Mexican hairless;timber wolf;white wolf;red wolf;coyote;dingo;"
    "dhole;African hunting dog;hyena;red fox;kit fox;Arctic fox;grey fox;tabby;tiger cat;Persian cat;Siamese cat;"
    "Egyptian cat;cougar;lynx;leopard;snow leopard;jaguar;lion;tiger;cheetah;brown bear;American black bear;"
    "ice bear;sloth bear;mongoose;meerkat;",
    "tiger beetle;ladybug;ground beetle;long-horned beetle;leaf beetle;dung beetle;rhinoceros beetle;weevil;fly;"
    "bee;ant;grasshopper;cricket;walking stick;cockroach;mantis;cicada;leafhopper;lacewing;dragonfly;damselfly;"
    "admiral;ringlet;monarch;cabbage butterfly;sulphur butterfly;lycaenid;starfish;sea urchin;sea cucumber;"
    "wood rabbit;hare;Angora;hamster;porcupine;fox squirrel;marmot;beaver;guinea pig;sorrel;zebra;hog;wild boar;"
    "warthog;hippopotamus;ox;water buffalo;bison;ram;bighorn;ibex;hartebeest;impala;gazelle;Arabian camel;llama;"
    "weasel;mink;polecat;black-footed ferret;otter;skunk;badger;armadillo;three-toed sloth;orangutan;gorilla;"
    "chimpanzee;gibbon;siamang;guenon;patas;baboon;macaque;langur;colobus;proboscis monkey;marmoset;capuchin;"
    "howler monkey;titi;spider monkey;squirrel monkey;Madagascar cat;indri;Indian elephant;African elephant;"
    "lesser panda;giant panda;barracouta;eel;coho;rock beauty;anemone fish;sturgeon;gar;lionfish;puffer;abacus;"
    "abaya;",
    "academic gown;accordion;acoustic guitar;aircraft carrier;airliner;airship;altar;ambulance;amphibian;"
    "analog clock;apiary;apron;ashcan;assault rifle;backpack;bakery;balance beam;balloon;ballpoint;Band Aid;banjo;"
    "bannister;barbell;barber chair;barbershop;barn;barometer;barrel;barrow;baseball;basketball;bassinet;bassoon;"
    "bathing cap;bath towel;bathtub;beach wagon;beacon;beaker;bearskin;beer bottle;beer glass;bell cote;bib;"
    "bicycle-built-for-two;bikini;binder;binoculars;birdhouse;boathouse;bobsled;bolo tie;bonnet;bookcase;bookshop;"
    "bottlecap;bow;bow tie;brass;brassiere;breakwater;breastplate;broom;bucket;buckle;bulletproof vest;"
    "bullet train;butcher shop;cab;caldron;candle;cannon;canoe;can opener;cardigan;car mirror;carousel;"
    "carpenter's kit;carton;car wheel;cash machine;cassette;cassette player;castle;catamaran;CD player;cello;"
    "cellular telephone;chain;chainlink fence;chain mail;chain saw;chest;chiffonier;chime;china cabinet;"
    "Christmas stocking;church;cinema;cleaver;",
    "cliff dwelling;cloak;clog;cocktail shaker;coffee mug;coffeepot;coil;combination lock;computer keyboard;"
    "confectionery;container ship;convertible;corkscrew;cornet;cowboy boot;cowboy hat;cradle;crane (machine);"
    "crash helmet;crate;crib;Crock Pot;croquet ball;crutch;cuirass;dam;desk;desktop computer;dial telephone;diaper;"
    "digital clock;digital watch;dining table;dishrag;dishwasher;disk brake;dock;dogsled;dome;doormat;"
    "drilling platform;drum;drumstick;dumbbell;Dutch oven;electric fan;electric guitar;electric locomotive;"
    "entertainment center;envelope;espresso maker;face powder;feather boa;file;fireboat;fire engine;fire screen;"
    "flagpole;flute;folding chair;football helmet;forklift;fountain;fountain pen;four-poster;freight car;"
    "French horn;frying pan;fur coat;garbage truck;gasmask;gas pump;goblet;go-kart;golf ball;golfcart;gondola;gong;"
    "gown;grand piano;greenhouse;grille;grocery store;guillotine;hair slide;hair spray;half track;hammer;hamper;"
    "hand blower;hand-held computer;handkerchief;hard disc;harmonica;harp;harvester;hatchet;holster;home theater;"
    "honeycomb;",
    "hook;hoopskirt;horizontal bar;horse cart;hourglass;iPod;iron;jack-o'-lantern;jean;jeep;jersey;jigsaw puzzle;"
    "jinrikisha;joystick;kimono;knee pad;knot;lab coat;ladle;lampshade;laptop;lawn mower;lens cap;letter opener;"
    "library;lifeboat;lighter;limousine;liner;lipstick;Loafer;lotion;loudspeaker;loupe;lumbermill;magnetic compass;"
    "mailbag;mailbox;maillot;maillot (tank suit);manhole cover;maraca;marimba;mask;matchstick;maypole;maze;"
    "measuring cup;medicine chest;megalith;microphone;microwave;military uniform;milk can;minibus;miniskirt;"
    "minivan;missile;mitten;mixing bowl;mobile home;Model T;modem;monastery;monitor;moped;mortar;mortarboard;"
    "mosque;mosquito net;motor scooter;mountain bike;mountain tent;mouse;mousetrap;moving van;muzzle;nail;"
    "neck brace;necklace;nipple;notebook;obelisk;oboe;ocarina;odometer;oil filter;organ;oscilloscope;overskirt;"
    "oxcart;oxygen mask;packet;paddle;paddlewheel;padlock;paintbrush;pajama;palace;panpipe;",
    "paper towel;parachute;parallel bars;park bench;parking meter;passenger car;patio;pay-phone;pedestal;"
    "pencil box;pencil sharpener;perfume;Petri dish;photocopier;pick;pickelhaube;picket fence;pickup;pier;"
    "piggy bank;pill bottle;pillow;ping-pong ball;pinwheel;pirate;pitcher;plane;planetarium;plastic bag;plate rack;"
    "plow;plunger;Polaroid camera;pole;police van;poncho;pool table;pop bottle;pot;potter's wheel;power drill;"
    "prayer rug;printer;prison;projectile;projector;puck;punching bag;purse;quill;quilt;racer;racket;radiator;"
    "radio;radio telescope;rain barrel;recreational vehicle;reel;reflex camera;refrigerator;remote control;"
    "restaurant;revolver;rifle;rocking chair;rotisserie;rubber eraser;rugby ball;rule;running shoe;safe;safety pin;"
    "saltshaker;sandal;sarong;sax;scabbard;scale;school bus;schooner;scoreboard;screen;screw;screwdriver;seat belt;"
    "sewing machine;shield;shoe shop;shoji;shopping basket;shopping cart;shovel;shower cap;shower curtain;ski;"
    "ski mask;sleeping bag;slide rule;sliding door;",
    "slot;snorkel;snowmobile;snowplow;soap dispenser;soccer ball;sock;solar dish;sombrero;soup bowl;space bar;"
    "space heater;space shuttle;spatula;speedboat;spider web;spindle;sports car;spotlight;stage;steam locomotive;"
    "steel arch bridge;steel drum;stethoscope;stole;stone wall;stopwatch;stove;strainer;streetcar;stretcher;"
    "studio couch;stupa;submarine;suit;sundial;sunglass;sunglasses;sunscreen;suspension bridge;swab;sweatshirt;"
    "swimming trunks;swing;switch;syringe;table lamp;tank;tape player;teapot;teddy;television;tennis ball;thatch;"
    "theater curtain;thimble;thresher;throne;tile roof;toaster;tobacco shop;toilet seat;torch;totem pole;tow truck;"
    "toyshop;tractor;trailer truck;tray;trench coat;tricycle;trimaran;tripod;triumphal arch;trolleybus;trombone;"
    "tub;turnstile;typewriter keyboard;umbrella;unicycle;upright;vacuum;vase;vault;velvet;vending machine;vestment;"
    "viaduct;violin;volleyball;waffle iron;wall clock;wallet;wardrobe;warplane;washbasin;washer;water bottle;"
    "water jug;",
    "water tower;whiskey jug;whistle;wig;window screen;window shade;Windsor tie;wine bottle;wing;wok;wooden spoon;"
    "wool;worm fence;wreck;yawl;yurt;web site;comic book;crossword puzzle;street sign;traffic light;book jacket;"
    "menu;plate;guacamole;consomme;hot pot;trifle;ice cream;ice lolly;French loaf;bagel;pretzel;cheeseburger;"
    "hotdog;mashed potato;head cabbage;broccoli;cauliflower;zucchini;spaghetti squash;acorn squash;"
    "butternut squash;cucumber;artichoke;bell pepper;cardoon;mushroom;Granny Smith;strawberry;orange;lemon;fig;"
    "pineapple;banana;jackfruit;custard apple;pomegranate;hay;carbonara;chocolate sauce;dough;meat loaf;pizza;"
    "potpie;burrito;red wine;espresso;cup;eggnog;alp;bubble;cliff;coral reef;geyser;lakeside;promontory;sandbar;"
    "seashore;valley;volcano;ballplayer;groom;scuba diver;rapeseed;daisy;yellow lady's slipper;corn;acorn;hip;"
    "buckeye;coral fungus;agaric;gyromitra;stinkhorn;earthstar;hen-of-the-woods;bolete;ear;toilet tissue;",
};
_Static_assert(sizeof feat_imagenet_names / sizeof feat_imagenet_names[0] == FEAT_IMAGENET_CLASSES / 100, "all");

static const uint16_t feat_imagenet_2012[] = {
    449, 450, 442, 443, 444, 445, 446, 383, 384, 385, 386, 387, 388, 389, 390, 391, 392, 393, 394, 395, 396, 397, 398,
    399, 400, 494, 495, 496, 497, 498, 499, 500, 501, 458, 459, 460, 461, 462, 463, 464, 465, 466, 467, 468, 469, 470,
    471, 472, 473, 475, 476, 474, 477, 478, 479, 480, 481, 482, 483, 484, 485, 486, 487, 488, 489, 490, 491, 492, 493,
    601, 602, 603, 604, 605, 606, 607, 608, 609, 610, 611, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412,
    413, 414, 415, 416, 417, 418, 419, 420, 421, 214, 215, 217, 216, 213, 218, 647, 648, 649, 650, 651, 652, 653, 654,
    655, 656, 226, 613, 614, 615, 616, 617, 618, 619, 620, 612, 422, 423, 424, 425, 427, 426, 428, 429, 430, 438, 431,
    432, 433, 434, 435, 436, 437, 439, 440, 441, 6, 22, 193, 14, 173, 99, 87, 69, 116, 198, 43, 89, 200, 98, 161, 132,
    32, 180, 42, 18, 207, 181, 105, 77, 189, 20, 204, 63, 31, 66, 21, 25, 45, 170, 119, 210, 107, 126, 88, 145, 59,
    160, 152, 72, 33, 91, 4, 27, 113, 123, 36, 156, 109, 158, 131, 26, 71, 56, 146, 144, 125, 176, 139, 134, 90, 2,
    192, 154, 150, 94, 5, 19, 191, 196, 117, 141, 68, 93, 51, 208, 184, 97, 29, 171, 124, 128, 47, 64, 211, 112, 187,
    114, 86, 115, 79, 130, 140, 110, 82, 17, 177, 149, 15, 3, 41, 127, 84, 143, 133, 60, 172, 179, 118, 168, 148, 70,
    197, 50, 106, 49, 151, 46, 205, 102, 28, 58, 155, 136, 202, 34, 62, 1, 159, 67, 174, 55, 10, 95, 8, 11, 201, 85,
    153, 30, 190, 76, 206, 61, 163, 103, 209, 74, 35, 621, 622, 623, 624, 625, 626, 627, 628, 629, 630, 224, 631, 632,
    633, 634, 635, 636, 637, 638, 639, 640, 641, 642, 643, 644, 645, 646, 225, 657, 658, 188, 129, 164, 157, 13, 53,
    183, 195, 101, 39, 80, 147, 78, 120, 167, 108, 162, 165, 81, 52, 9, 65, 57, 12, 121, 186, 48, 23, 182, 40, 212,
    44, 16, 178, 38, 83, 104, 96, 185, 122, 73, 135, 137, 138, 203, 54, 100, 175, 142, 166, 37, 111, 92, 199, 75, 194,
    24, 7, 169, 447, 451, 448, 452, 453, 456, 457, 454, 455, 547, 853, 896, 223, 345, 246, 230, 232, 677, 265, 264,
    522, 688, 845, 752, 540, 847, 704, 767, 233, 907, 967, 341, 718, 916, 307, 705, 683, 518, 905, 258, 807, 908, 296,
    353, 785, 909, 884, 266, 733, 991, 849, 777, 811, 933, 941, 254, 985, 835, 533, 839, 689, 252, 940, 805, 300, 706,
    779, 538, 817, 716, 872, 719, 949, 851, 820, 580, 833, 887, 707, 267, 673, 591, 539, 239, 377, 836, 576, 568, 891,
    749, 563, 548, 890, 929, 701, 241, 987, 342, 914, 827, 721, 902, 382, 762, 303, 335, 301, 801, 690, 695, 370, 713,
    797, 979, 761, 996, 674, 698, 583, 543, 708, 243, 268, 376, 347, 910, 881, 297, 545, 778, 898, 298, 670, 756, 856,
    865, 720, 313, 550, 959, 966, 523, 529, 315, 821, 667, 579, 715, 253, 897, 972, 834, 336, 799, 1000, 662, 512,
    346, 262, 316, 879, 660, 808, 796, 305, 235, 279, 919, 995, 356, 309, 784, 261, 712, 934, 299, 256, 348, 671, 757,
    280, 971, 567, 955, 275, 792, 276, 236, 337, 911, 227, 684, 725, 703, 517, 581, 895, 249, 375, 840, 505, 551, 750,
    573, 350, 344, 554, 369, 787, 696, 730, 562, 802, 924, 293, 525, 980, 659, 592, 748, 269, 961, 963, 294, 560, 770,
    773, 582, 918, 892, 814, 228, 374, 988, 371, 687, 238, 546, 270, 244, 867, 973, 894, 508, 536, 697, 532, 818, 917,
    782, 977, 763, 338, 339, 781, 984, 598, 922, 946, 302, 717, 509, 661, 866, 875, 920, 880, 271, 251, 871, 829, 290,
    272, 764, 686, 869, 277, 824, 854, 691, 852, 260, 255, 728, 511, 599, 284, 588, 585, 595, 755, 915, 552, 699, 354,
    351, 520, 513, 333, 870, 937, 295, 506, 921, 826, 564, 584, 504, 759, 685, 352, 877, 942, 994, 306, 527, 257, 679,
    843, 732, 842, 850, 883, 783, 789, 575, 926, 722, 281, 596, 931, 901, 888, 841, 565, 245, 983, 372, 693, 964, 731,
    381, 378, 857, 923, 285, 855, 314, 788, 838, 566, 373, 769, 556, 702, 542, 534, 572, 846, 939, 862, 976, 273, 860,
    571, 863, 537, 927, 286, 570, 965, 668, 578, 694, 219, 541, 310, 663, 997, 876, 519, 760, 753, 586, 952, 751, 938,
    355, 809, 521, 962, 221, 729, 510, 587, 379, 589, 559, 800, 709, 832, 950, 259, 380, 868, 747, 590, 776, 943, 549,
    726, 557, 507, 288, 278, 960, 222, 986, 577, 925, 822, 858, 515, 234, 676, 237, 600, 775, 274, 593, 804, 263, 680,
    340, 530, 998, 724, 528, 516, 514, 287, 957, 311, 692, 247, 794, 526, 574, 535, 810, 681, 828, 837, 945, 569, 561,
    531, 304, 250, 978, 675, 786, 944, 970, 989, 903, 758, 555, 308, 780, 664, 710, 312, 594, 700, 282, 711, 289, 283,
    766, 825, 291, 242, 597, 678, 882, 349, 765, 727, 544, 220, 292, 334, 666, 874, 990, 969, 558, 790, 682, 343, 936,
    665, 524, 928, 317, 231, 906, 669, 958, 819, 795, 772, 502, 899, 912, 904, 935, 831, 503, 672, 951, 815, 723, 248,
    240, 714, 553, 930, 791, 932, 861, 774, 803, 754, 813, 844, 771, 793, 974, 968, 873, 768, 975, 993, 885, 734, 736,
    737, 738, 739, 740, 741, 742, 743, 744, 735, 745, 746, 318, 229, 319, 320, 321, 322, 323, 324, 325, 326, 816, 999,
    953, 864, 806, 948, 830, 900, 798, 947, 859, 823, 361, 992, 359, 365, 368, 366, 363, 364, 367, 360, 362, 954, 848,
    982, 330, 357, 358, 331, 327, 328, 332, 886, 913, 956, 893, 878, 812, 981, 329, 889,
};
_Static_assert(sizeof feat_imagenet_2012 / sizeof feat_imagenet_2012[0] == FEAT_IMAGENET_CLASSES, "one for each");

#endif
